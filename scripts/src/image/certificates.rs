//! Whom the programs of an image trust: public authorities for AWS's services and mail, Amazon's own for databases.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::layer::{Content, Entry};

/// Where OpenSSL on Debian keeps them, which is where programs look.
const PUBLIC: &str = "etc/ssl/certs/ca-certificates.crt";
/// For `sslrootcert` of a connection string.
pub(super) const DATABASE: &str = "etc/ssl/certs/rds.pem";

/// The roots of Amazon RDS in the region of the environments ("Using SSL/TLS to encrypt a connection to a DB
/// instance or cluster" has the file).
const RDS: &str = include_str!("rds-eu-central-1.pem");

pub(super) fn files() -> Vec<Entry> {
    vec![
        Entry::new(PUBLIC, Content::Data(public().into_bytes())),
        Entry::new(DATABASE, Content::Data(RDS.as_bytes().to_vec())),
    ]
}

/// Mozilla's list in the version of `Cargo.lock`: whatever the machine trusts that builds, the image is the same.
fn public() -> String {
    let mut pem = String::new();
    for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        let text = STANDARD.encode(certificate);
        for line in text.as_bytes().chunks(64) {
            pem.push_str(&String::from_utf8_lossy(line));
            pem.push('\n');
        }
        pem.push_str("-----END CERTIFICATE-----\n");
    }
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_databases_authorities_are_those_of_the_region() {
        assert!(RDS.contains(catalog::names::REGION), "rds-eu-central-1.pem is of another region");
        assert_eq!(RDS.matches("BEGIN CERTIFICATE").count(), 3, "RSA 2048, RSA 4096, ECC 384");
        assert!(public().matches("BEGIN CERTIFICATE").count() > 100);
    }
}
