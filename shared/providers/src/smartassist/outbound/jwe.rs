//! A signed token inside an encrypted one (RFC 7516, compact form), for administrators who enforce it. The vendor
//! publishes no rule, so this is the pair that RFC 7518 and its readers favour: RSA-OAEP-256 and A256GCM.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand;
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const HEADER: &str = r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","typ":"JWT","cty":"JWT"}"#;

/// The token, encrypted for the holder of the key; `None` if the key is none.
pub(super) fn encrypted(token: &str, public_key_pem: &str) -> Option<String> {
    let pem = pem::parse(public_key_pem.trim()).ok()?;
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(pem.contents()).ok()?).ok()?;
    let mut content_key = [0; 32];
    rand::fill(&mut content_key).ok()?;
    let mut wrapped = vec![0; key.ciphertext_size()];
    let wrapped = key.encrypt(&OAEP_SHA256_MGF1SHA256, &content_key, &mut wrapped, None).ok()?;
    let mut iv = [0; NONCE_LEN];
    rand::fill(&mut iv).ok()?;
    let header = URL_SAFE_NO_PAD.encode(HEADER);
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &content_key).ok()?);
    let mut content = token.as_bytes().to_vec();
    let nonce = Nonce::assume_unique_for_key(iv);
    let tag = cipher.seal_in_place_separate_tag(nonce, Aad::from(header.as_bytes()), &mut content).ok()?;
    let parts = [&*wrapped, &iv, &content, tag.as_ref()].map(|part| URL_SAFE_NO_PAD.encode(part));
    Some(format!("{header}.{}", parts.join(".")))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rsa::{KeySize, OaepPrivateDecryptingKey, PrivateDecryptingKey};

    use super::*;

    #[test]
    fn the_holder_of_the_key_reads_the_token_and_nobody_can_change_its_header() {
        let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let public = AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(&private.public_key()).unwrap();
        let key = pem::encode(&pem::Pem::new("PUBLIC KEY", public.as_ref()));
        let token = encrypted("a.b.c", &key).unwrap();
        assert_ne!(encrypted("a.b.c", &key).unwrap(), token);
        let parts: Vec<_> = token.split('.').collect();
        let [header, wrapped, iv, content, tag] = parts[..] else { panic!("{token}") };
        let raw = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        assert_eq!(raw(header), HEADER.as_bytes());
        let private = OaepPrivateDecryptingKey::new(private).unwrap();
        let mut out = vec![0; private.min_output_size()];
        let content_key = private.decrypt(&OAEP_SHA256_MGF1SHA256, &raw(wrapped), &mut out, None).unwrap();
        let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, content_key).unwrap());
        let open = |header: &str| {
            let mut sealed = [raw(content), raw(tag)].concat();
            let nonce = Nonce::try_assume_unique_for_key(&raw(iv)).unwrap();
            cipher.open_in_place(nonce, Aad::from(header.as_bytes()), &mut sealed).map(|plain| plain.to_vec())
        };
        assert_eq!(open(header).unwrap(), b"a.b.c");
        assert!(open("other").is_err());
        assert_eq!(encrypted("a.b.c", "no key"), None);
        assert_eq!(encrypted("a.b.c", &key.replace("PUBLIC KEY", "X").replacen("MII", "AAA", 1)), None);
    }
}
