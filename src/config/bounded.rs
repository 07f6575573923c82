//! Any serde value as a tree of ours, unless it is too deep, or holds a number that no tree can.
//!
//! A value may be as deep as its maker likes, and serializing it recurses. This wraps a serializer
//! so that every step down is counted, and refused before the stack runs out.

use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::Value;

/// How many levels of tables and lists a configuration may have.
const LEVELS: usize = 64;

/// The tree of `value`, which is not dropped if it is too deep: that would recurse as well, and run
/// out of the stack where this has not. What nobody could have got from a parser is leaked.
pub(super) fn tree_of<T: Serialize>(value: T) -> Result<Value, serde_json::Error> {
    let tree = tree(&value);
    if tree.as_ref().is_err_and(|why| why.to_string() == too_deep()) {
        std::mem::forget(value);
    }
    tree
}

fn too_deep() -> String {
    format!("it has more than {LEVELS} levels of tables")
}

/// The tree of `value`.
fn tree<T: Serialize + ?Sized>(value: &T) -> Result<Value, serde_json::Error> {
    // One step more than levels: the values in the lowest table.
    Below { value, left: LEVELS + 1 }.serialize(serde_json::value::Serializer)
}

/// A value, and how many steps down may still be made.
struct Below<'a, T: ?Sized> {
    value: &'a T,
    left: usize,
}

impl<T: Serialize + ?Sized> Serialize for Below<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.left.checked_sub(1) {
            None => Err(S::Error::custom(too_deep())),
            Some(left) => self.value.serialize(Bounded { inner: serializer, left }),
        }
    }
}

/// A serializer, or a part of one, that counts.
struct Bounded<S> {
    inner: S,
    left: usize,
}

/// Methods that only pass a value on.
macro_rules! pass {
    ($($method:ident($($value:ident: $type:ty),*))+) => {$(
        fn $method(self, $($value: $type),*) -> Result<S::Ok, S::Error> {
            self.inner.$method($($value),*)
        }
    )+};
}

/// Methods that begin a list or a table.
macro_rules! begin {
    ($($method:ident($($value:ident: $type:ty),*) -> $part:ident)+) => {$(
        fn $method(self, $($value: $type),*) -> Result<Self::$part, S::Error> {
            if self.left == 0 {
                // It may be empty, so that no value in it would ever say so.
                return Err(S::Error::custom(too_deep()));
            }
            Ok(Bounded { inner: self.inner.$method($($value),*)?, left: self.left })
        }
    )+};
}

fn finite<E: serde::ser::Error>(number: f64) -> Result<(), E> {
    if number.is_finite() {
        return Ok(());
    }
    Err(E::custom(format_args!("the number {number} cannot be part of a config, it is not finite")))
}

impl<S: Serializer> Serializer for Bounded<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Bounded<S::SerializeSeq>;
    type SerializeTuple = Bounded<S::SerializeTuple>;
    type SerializeTupleStruct = Bounded<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Bounded<S::SerializeTupleVariant>;
    type SerializeMap = Bounded<S::SerializeMap>;
    type SerializeStruct = Bounded<S::SerializeStruct>;
    type SerializeStructVariant = Bounded<S::SerializeStructVariant>;

    pass! {
        serialize_bool(v: bool) serialize_i8(v: i8) serialize_i16(v: i16) serialize_i32(v: i32)
        serialize_i64(v: i64) serialize_i128(v: i128) serialize_u8(v: u8) serialize_u16(v: u16)
        serialize_u32(v: u32) serialize_u64(v: u64) serialize_u128(v: u128) serialize_char(v: char)
        serialize_str(v: &str) serialize_bytes(v: &[u8]) serialize_none() serialize_unit()
        serialize_unit_struct(name: &'static str)
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str)
    }

    begin! {
        serialize_seq(len: Option<usize>) -> SerializeSeq
        serialize_tuple(len: usize) -> SerializeTuple
        serialize_tuple_struct(name: &'static str, len: usize) -> SerializeTupleStruct
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, len: usize)
            -> SerializeTupleVariant
        serialize_map(len: Option<usize>) -> SerializeMap
        serialize_struct(name: &'static str, len: usize) -> SerializeStruct
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, len: usize)
            -> SerializeStructVariant
    }

    fn serialize_f32(self, v: f32) -> Result<S::Ok, S::Error> {
        finite(v.into())?;
        self.inner.serialize_f32(v)
    }

    fn serialize_f64(self, v: f64) -> Result<S::Ok, S::Error> {
        finite(v)?;
        self.inner.serialize_f64(v)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.serialize_some(&Below { value, left: self.left })
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_newtype_struct(name, &Below { value, left: self.left })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let value = &Below { value, left: self.left };
        self.inner.serialize_newtype_variant(name, index, variant, value)
    }
}

/// The parts of lists and tables: every value in them is one step further down.
macro_rules! parts {
    ($($part:ident: $($method:ident($($key:ident: $type:ty)?)),+;)+) => {$(
        impl<S: $part> $part for Bounded<S> {
            type Ok = S::Ok;
            type Error = S::Error;

            $(fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($key: $type,)?
                value: &T,
            ) -> Result<(), S::Error> {
                self.inner.$method($($key,)? &Below { value, left: self.left })
            })+

            fn end(self) -> Result<S::Ok, S::Error> {
                self.inner.end()
            }
        }
    )+};
}
parts! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeMap: serialize_key(), serialize_value();
    SerializeStruct: serialize_field(key: &'static str);
    SerializeStructVariant: serialize_field(key: &'static str);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn nested(levels: usize) -> Value {
        (0..levels).fold(json!(7), |inner, level| {
            if level % 2 == 0 { json!([inner]) } else { json!({ "a": inner }) }
        })
    }

    #[test]
    fn a_tree_is_what_was_given_up_to_a_depth() {
        assert_eq!(tree(&nested(LEVELS)).expect("it is just not too deep"), nested(LEVELS));
        let refused = tree(&nested(LEVELS + 1)).expect_err("one level too many");
        assert_eq!(refused.to_string(), "it has more than 64 levels of tables");
        // What is empty is a level too.
        for innermost in [json!([]), json!({})] {
            let around = |levels| (0..levels).fold(innermost.clone(), |inner, _| json!([inner]));
            assert!(tree(&around(LEVELS - 1)).is_ok());
            assert!(tree(&around(LEVELS)).is_err());
        }
    }

    #[test]
    fn what_has_a_form_for_people_is_taken_in_that() {
        let addresses = [std::net::Ipv4Addr::LOCALHOST];
        assert_eq!(tree(&addresses).expect("it is a list"), json!(["127.0.0.1"]));
    }

    /// Has no end.
    struct Endless;

    impl Serialize for Endless {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_some(self)
        }
    }

    #[test]
    fn what_has_no_end_is_refused() {
        assert!(tree(&Endless).is_err());
    }

    #[test]
    fn a_number_that_is_not_finite_is_refused_and_does_not_become_nothing() {
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let refused = tree(&gains(number)).expect_err("not finite").to_string();
            assert_eq!(
                refused,
                format!("the number {number} cannot be part of a config, it is not finite")
            );
        }
    }

    fn gains(number: f64) -> std::collections::BTreeMap<&'static str, Vec<f64>> {
        [("gain", vec![1.0, number])].into()
    }
}
