//! The second factor: each code once, whoever asks at the same instant.

use domain::{
    audit::Origin,
    identity::{TotpSecret, TwoFactorError, renew_recovery_codes, two_factor, use_code},
    seal::SealingKeys,
};

use crate::world::World;

fn keys() -> SealingKeys {
    SealingKeys::parse("test:dGhlIGxvY2FsIHJ1bm5lciBrZWVwcyBubyBzZWNyZXQ=").unwrap()
}

#[tokio::test]
async fn of_fifty_uses_of_one_recovery_code_at_once_one_gets_through() {
    let world = World::new().await;
    let user = world.tenant("acme").await.owner;
    let mut tx = world.db.identity(user).await.unwrap();
    let codes = renew_recovery_codes(&mut tx, &Origin::system()).await.unwrap();
    let _messages = tx.commit().await.unwrap();
    assert_eq!(codes.len(), 10);
    let mut attempts = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (db, code) = (world.db.clone(), codes[0].clone());
        attempts.spawn(async move {
            let mut tx = db.identity(user).await.unwrap();
            let used = use_code(&mut tx, &keys(), &code, &Origin::system()).await;
            if used.is_ok() {
                let _none = tx.commit().await.unwrap();
            }
            used
        });
    }
    let results = attempts.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(
        results.iter().all(|result| matches!(result, Ok("recovery_code") | Err(TwoFactorError::WrongCode)))
    );
    let mut tx = world.db.identity(user).await.unwrap();
    assert_eq!(two_factor(&mut tx).await.unwrap().recovery_codes, 9);
}

#[tokio::test]
async fn new_recovery_codes_end_the_old_ones_and_open_no_other_account() {
    let world = World::new().await;
    let (ann, bob) = (world.tenant("acme").await.owner, world.tenant("other").await.owner);
    let mut tx = world.db.identity(ann).await.unwrap();
    let old = renew_recovery_codes(&mut tx, &Origin::system()).await.unwrap();
    let new = renew_recovery_codes(&mut tx, &Origin::system()).await.unwrap();
    let _messages = tx.commit().await.unwrap();
    let mut other = world.db.identity(bob).await.unwrap();
    assert!(use_code(&mut other, &keys(), &new[0], &Origin::system()).await.is_err());
    drop(other);
    let mut tx = world.db.identity(ann).await.unwrap();
    assert!(use_code(&mut tx, &keys(), &old[0], &Origin::system()).await.is_err());
    assert_eq!(
        use_code(&mut tx, &keys(), &new[0].to_lowercase(), &Origin::system()).await.unwrap(),
        "recovery_code"
    );
}

#[tokio::test]
async fn a_secret_sealed_for_one_person_opens_for_no_other() {
    let world = World::new().await;
    let (ann, bob) = (world.tenant("acme").await.owner, world.tenant("other").await.owner);
    let sealed = TotpSecret::generate().sealed(&keys(), ann).unwrap();
    assert!(TotpSecret::open(&keys(), ann, &sealed).is_ok());
    assert!(TotpSecret::open(&keys(), bob, &sealed).is_err());
}
