//! The second factor: each code once, whoever asks at the same instant.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    audit::Origin,
    identity::{TotpSecret, TwoFactorError, renew_recovery_codes, turn_on, two_factor, use_code},
    seal::SealingKeys,
};
use ring::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};

use crate::world::World;

fn keys() -> SealingKeys {
    SealingKeys::parse("test:dGhlIGxvY2FsIHJ1bm5lciBrZWVwcyBubyBzZWNyZXQ=").unwrap()
}

/// What an app shows (RFC 6238) that was given the secret as text.
fn code_at(secret: &TotpSecret, at: DateTime<Utc>) -> String {
    let letter =
        |letter| b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter).unwrap();
    let bits: String = secret.base32().bytes().map(|byte| format!("{:05b}", letter(byte))).collect();
    let bytes = bits.as_bytes().chunks_exact(8).map(|byte| std::str::from_utf8(byte).unwrap());
    let key: Vec<_> = bytes.map(|byte| u8::from_str_radix(byte, 2).unwrap()).collect();
    let digest = sign(&Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key), &(at.timestamp() / 30).to_be_bytes());
    let offset = usize::from(digest.as_ref()[19] & 0xf);
    let number = u32::from_be_bytes(digest.as_ref()[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
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
async fn of_fifty_uses_of_one_code_of_the_app_at_once_one_gets_through() {
    let world = World::new().await;
    let user = world.tenant("acme").await.owner;
    let secret = TotpSecret::generate();
    let mut tx = world.db.identity(user).await.unwrap();
    let shown = code_at(&secret, world.now());
    turn_on(&mut tx, &keys(), &secret, &shown, &Origin::system()).await.unwrap();
    let _messages = tx.commit().await.unwrap();
    world.pass(TimeDelta::seconds(30));
    let next = code_at(&secret, world.now());
    let mut attempts = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (db, code) = (world.db.clone(), next.clone());
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
    assert_eq!(results.iter().filter(|result| matches!(result, Ok("totp"))).count(), 1, "{results:?}");
    assert_eq!(results.iter().filter(|result| matches!(result, Err(TwoFactorError::WrongCode))).count(), 49);
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
