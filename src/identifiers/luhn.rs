//! Luhn key, modulo 10, shared by RPPS, FINESS, SIREN and SIRET.

/// Digit to append to `payload` so that the whole passes the Luhn test.
///
/// `None` when `payload` holds anything but ASCII digits.
///
/// **Source:** ISO/IEC 7812-1, annex B.
#[must_use]
pub fn luhn_check_digit(payload: &str) -> Option<char> {
    let mut sum = 0;
    for (rank, byte) in payload.bytes().rev().enumerate() {
        if !byte.is_ascii_digit() {
            return None;
        }
        let digit = u32::from(byte - b'0');
        sum += if rank % 2 == 0 {
            let doubled = digit * 2;
            if doubled > 9 { doubled - 9 } else { doubled }
        } else {
            digit
        };
    }
    char::from_digit((10 - sum % 10) % 10, 10)
}

/// True when the last digit of `number` is the Luhn key of the others.
pub(super) fn has_luhn_key(number: &str) -> bool {
    let Some((payload, key)) = number
        .char_indices()
        .last()
        .and_then(|(at, key)| Some((number.get(..at)?, key)))
    else {
        return false;
    };
    luhn_check_digit(payload) == Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_known_number_is_found() {
        assert_eq!(luhn_check_digit("7992739871"), Some('3'));
        assert!(has_luhn_key("79927398713"));
        assert!(!has_luhn_key("79927398710"));
    }

    #[test]
    fn letters_and_nothing_have_no_key() {
        assert_eq!(luhn_check_digit("12A4"), None);
        assert!(!has_luhn_key(""));
    }
}
