//! Signed tokens that others make.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

/// The claims of a token that this key signed by one of these algorithms, or why there are none. Times are the caller's
/// to judge, by the simulator's clock.
pub(crate) fn signed_claims(token: &str, key: &DecodingKey, by: &[Algorithm]) -> Result<Value, &'static str> {
    let header = decode_header(token).map_err(|_| "not a token")?;
    if !by.contains(&header.alg) {
        return Err("another algorithm");
    }
    let mut validation = Validation::new(header.alg);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    decode::<Value>(token, key, &validation).map(|it| it.claims).map_err(|_| "another key")
}
