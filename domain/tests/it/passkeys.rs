//! Passkeys, with an authenticator made of a key pair: what it answers is taken only when everything in it is right.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use domain::{
    UserId,
    audit::{Actor, Origin},
    identity::{
        Ceremony, PasskeyError, RelyingParty, begin_login, begin_registration, passkeys, register,
        remove_passkey, sign_in_with_passkey,
    },
};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::world::{Tenant, World};

const APP: &str = "https://app.velox.example";
/// Flags of an authenticator's data: user present, user verified, credential included.
const UP: u8 = 1;
const UV: u8 = 4;
const AT: u8 = 0x40;

fn party() -> RelyingParty {
    RelyingParty::of(APP).unwrap()
}

fn origin(tenant: Tenant) -> Origin {
    Origin::of(Actor::User(tenant.owner), None)
}

/// One passkey, and what is wrong with the device that holds it.
struct Device {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    user: UserId,
    counter: u32,
    flags: u8,
    origin: String,
    rp: String,
    is_forged: bool,
}

impl Device {
    fn new(user: UserId) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).unwrap();
        let id = Sha256::digest(key.public_key().as_ref()).to_vec();
        let (origin, rp) = (APP.to_owned(), "app.velox.example".to_owned());
        Self { key, id, user, counter: 1, flags: UP | UV, origin, rp, is_forged: false }
    }

    fn client_data(&self, ceremony: &str, challenge: &Ceremony) -> Vec<u8> {
        let challenge = &challenge.options["challenge"];
        json!({ "type": ceremony, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        [&Sha256::digest(&self.rp)[..], &[self.flags | flags], &self.counter.to_be_bytes()].concat()
    }

    fn answer(&self, response: &Value) -> String {
        let id = BASE64URL.encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {} })
            .to_string()
    }

    /// An attestation object of format "none" (CBOR), with a key of algorithm ES256 (COSE).
    fn register(&self, challenge: &Ceremony) -> String {
        let point = self.key.public_key().as_ref();
        let key = [
            &[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..],
            &point[1..33],
            &[0x22, 0x58, 32],
            &point[33..],
        ];
        let credential = [&[0; 16][..], &[0, 32], &self.id, &key.concat()].concat();
        let data = [self.data(AT), credential].concat();
        let object = [
            b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".as_slice(),
            &[u8::try_from(data.len()).unwrap()],
            &data,
        ];
        self.answer(&json!({
            "clientDataJSON": BASE64URL.encode(self.client_data("webauthn.create", challenge)),
            "attestationObject": BASE64URL.encode(object.concat()),
            "transports": ["internal"],
        }))
    }

    fn sign_in(&self, challenge: &Ceremony) -> String {
        let (client, data) = (self.client_data("webauthn.get", challenge), self.data(0));
        let mut signed = [&data[..], &Sha256::digest(&client)].concat();
        signed[0] ^= u8::from(self.is_forged);
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        self.answer(&json!({
            "clientDataJSON": BASE64URL.encode(client),
            "authenticatorData": BASE64URL.encode(data),
            "signature": BASE64URL.encode(signature),
            "userHandle": BASE64URL.encode(self.user.0.as_bytes()),
        }))
    }
}

async fn begun(world: &World, tenant: Tenant) -> Ceremony {
    let mut tx = world.db.identity(tenant.owner).await.unwrap();
    begin_registration(&mut tx, &party(), "owner@acme.example").await.unwrap()
}

async fn add(world: &World, tenant: Tenant, state: &[u8], answer: &str) -> Result<(), PasskeyError> {
    let mut tx = world.db.identity(tenant.owner).await.unwrap();
    register(&mut tx, &party(), state, answer, "Laptop", &origin(tenant)).await?;
    assert_eq!(tx.commit().await.unwrap().len(), 1, "a mail tells the person");
    Ok(())
}

async fn registered(world: &World, tenant: Tenant) -> Device {
    let (device, challenge) = (Device::new(tenant.owner), begun(world, tenant).await);
    add(world, tenant, &challenge.state, &device.register(&challenge)).await.unwrap();
    device
}

async fn sign_in(world: &World, device: &Device) -> Result<UserId, PasskeyError> {
    let challenge = begin_login(&party()).unwrap();
    let answer = device.sign_in(&challenge);
    let signed_in = sign_in_with_passkey(&world.db, &party(), &challenge.state, &answer).await;
    signed_in.map(|(user, _)| user)
}

#[tokio::test]
async fn a_passkey_says_who_signs_in_until_it_is_removed() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let mut device = registered(&world, tenant).await;
    device.counter += 1;
    assert_eq!(sign_in(&world, &device).await.unwrap(), tenant.owner);
    let mut tx = world.db.identity(tenant.owner).await.unwrap();
    let all = passkeys(&mut tx).await.unwrap();
    assert_eq!((all.len(), all[0].name.as_str(), all[0].last_used_at), (1, "Laptop", Some(world.now())));
    assert!(remove_passkey(&mut tx, all[0].id, &origin(tenant)).await.unwrap());
    assert!(
        !remove_passkey(&mut tx, all[0].id, &origin(tenant)).await.unwrap(),
        "a second time there is none"
    );
    assert_eq!(tx.commit().await.unwrap().len(), 1, "a mail tells the person, once");
    device.counter += 1;
    assert!(matches!(sign_in(&world, &device).await, Err(PasskeyError::Unknown)));
}

#[tokio::test]
async fn an_answer_with_anything_wrong_in_it_signs_nobody_in() {
    let world = World::new().await;
    let (tenant, other) = (world.tenant("acme").await, world.tenant("other").await);
    type Wrong = (&'static str, fn(&mut Device));
    let wrongs: [Wrong; 6] = [
        ("another site", |device| device.origin = "https://app.velox.example.evil.example".to_owned()),
        ("another party", |device| device.rp = "evil.example".to_owned()),
        ("no verified user", |device| device.flags = UP),
        ("no present user", |device| device.flags = UV),
        ("a wrong signature", |device| device.is_forged = true),
        ("a counter that stands still", |device| device.counter = 1),
    ];
    for (what, wrong) in wrongs {
        let mut device = registered(&world, tenant).await;
        device.counter += 1;
        wrong(&mut device);
        let result = sign_in(&world, &device).await;
        assert!(matches!(result, Err(PasskeyError::Refused(_))), "{what}: {result:?}");
    }
    let mut device = registered(&world, tenant).await;
    (device.counter, device.user) = (2, other.owner);
    assert!(matches!(sign_in(&world, &device).await, Err(PasskeyError::Unknown)));
    device.user = tenant.owner;
    let (asked, answered) = (begin_login(&party()).unwrap(), begin_login(&party()).unwrap());
    let result = sign_in_with_passkey(&world.db, &party(), &asked.state, &device.sign_in(&answered)).await;
    assert!(matches!(result, Err(PasskeyError::Refused(_))), "another challenge: {result:?}");
    assert_eq!(sign_in(&world, &device).await.unwrap(), tenant.owner);
}

#[tokio::test]
async fn a_registration_with_anything_wrong_in_it_adds_nothing() {
    let world = World::new().await;
    let (tenant, other) = (world.tenant("acme").await, world.tenant("other").await);
    let challenge = begun(&world, tenant).await;
    let refused = async |device: &Device, state: &[u8], who: Tenant| {
        let result = add(&world, who, state, &device.register(&challenge)).await;
        assert!(matches!(result, Err(PasskeyError::Refused(_))), "{result:?}");
    };
    let wrongs: [fn(&mut Device); 3] = [
        |device| device.origin = "http://app.velox.example".to_owned(),
        |device| device.rp = "velox.example".to_owned(),
        |device| device.flags = UP,
    ];
    for wrong in wrongs {
        let mut device = Device::new(tenant.owner);
        wrong(&mut device);
        refused(&device, &challenge.state, tenant).await;
    }
    let device = Device::new(tenant.owner);
    refused(&device, &begun(&world, tenant).await.state, tenant).await;
    refused(&device, &challenge.state, other).await;
    assert!(matches!(add(&world, tenant, &challenge.state, "{}").await, Err(PasskeyError::Refused(_))));
    let mut tx = world.db.identity(tenant.owner).await.unwrap();
    assert!(passkeys(&mut tx).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_credential_is_registered_once_and_named_to_be_left_out_the_next_time() {
    let world = World::new().await;
    let (tenant, other) = (world.tenant("acme").await, world.tenant("other").await);
    let device = registered(&world, tenant).await;
    let challenge = begun(&world, tenant).await;
    let left_out = &challenge.options["excludeCredentials"][0]["id"];
    assert_eq!(left_out.as_str().unwrap(), BASE64URL.encode(&device.id));
    let challenge = begun(&world, other).await;
    let result = add(&world, other, &challenge.state, &device.register(&challenge)).await;
    assert!(matches!(result, Err(PasskeyError::Known)), "{result:?}");
}
