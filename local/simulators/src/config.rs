//! How accounts are declared: each setting once, with what it means and what it is at first.

/// Declares choices where the documents are silent or implementations differ. The first alternative is the default.
macro_rules! choices {
    ($(
        $(#[$about:meta])*
        pub enum $name:ident {
            $(#[$about_first:meta])*
            $first:ident,
            $( $(#[$about_other:meta])* $other:ident, )*
        }
    )*) => {
        $(
            $(#[$about])*
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
            pub enum $name {
                $(#[$about_first])*
                #[default]
                $first,
                $( $(#[$about_other])* $other, )*
            }
        )*
    };
}

/// Declares the set-up of an account, and its `new` from what has no neutral value.
macro_rules! config {
    (
        $(#[$about:meta])*
        pub struct $name:ident($($given:ident: $given_type:ty),* $(,)?) {
            $( $(#[$about_field:meta])* $field:ident: $type:ty = $value:expr; )*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone)]
        pub struct $name {
            $( $(#[$about_field])* pub $field: $type, )*
        }

        impl $name {
            /// An account that behaves as the settings' defaults say; what is not given is neutral until set.
            pub fn new($($given: $given_type),*) -> Self {
                Self { $( $field: $value, )* }
            }
        }
    };
}

pub(crate) use {choices, config};
