//! The named schemas of a description.

use std::collections::BTreeMap;

use utoipa::ToSchema;
use utoipa::openapi::schema::{AllOfBuilder, AnyOfBuilder, ArrayBuilder, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, Ref, RefOr};

/// A schema or the name of one.
pub type Shape = RefOr<Schema>;

/// Named schemas, and everything that they name.
#[derive(Clone, Default)]
pub struct Schemas {
    named: BTreeMap<String, Shape>,
}

impl Schemas {
    /// Takes a type in and gives the reference to it.
    pub fn refer<T: ToSchema>(&mut self) -> Shape {
        self.refer_as::<T>(&T::name())
    }

    /// Takes a type in under another name: for what is generic.
    pub fn refer_as<T: ToSchema>(&mut self, name: &str) -> Shape {
        let mut found = vec![(name.to_owned(), T::schema())];
        T::schemas(&mut found);
        for (name, schema) in found {
            self.named.entry(name).or_insert(schema);
        }
        Ref::from_schema_name(name).into()
    }

    /// Takes in a schema that is no type's, and gives the reference to it.
    pub fn define(&mut self, name: &str, schema: Schema) -> Shape {
        self.named.entry(name.to_owned()).or_insert_with(|| schema.into());
        Ref::from_schema_name(name).into()
    }

    /// Adds to a property of a type what only its validation knows. A type that has no such property stays as it is.
    pub fn refine<T: ToSchema>(&mut self, property: &str, refine: impl FnOnce(&mut Schema)) {
        self.refer::<T>();
        if let Some(RefOr::T(Schema::Object(object))) = self.named.get_mut(T::name().as_ref())
            && let Some(RefOr::T(schema)) = object.properties.get_mut(property)
        {
            refine(schema);
        }
    }

    /// Says of a type that at least one of these properties must be there: with a character, an entry, or as an object.
    pub fn needs_one_of<T: ToSchema>(&mut self, properties: &[&str]) {
        self.refer::<T>();
        let Some(shape) = self.named.get_mut(T::name().as_ref()) else { return };
        let RefOr::T(Schema::Object(object)) = shape else { return };
        let filled = properties.iter().filter_map(|name| {
            let own: Schema = match object.properties.get(*name)? {
                RefOr::T(Schema::Array(array)) => ArrayBuilder::from(array.clone()).min_items(Some(1)).into(),
                RefOr::T(Schema::Object(_)) => {
                    ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).into()
                }
                // What has a schema of its own, and may be null.
                RefOr::T(_) | RefOr::Ref(_) => ObjectBuilder::new().schema_type(Type::Object).into(),
            };
            Some(ObjectBuilder::new().property(*name, own).required(*name))
        });
        let any = filled.fold(AnyOfBuilder::new(), AnyOfBuilder::item);
        let description = object.description.take();
        let whole = AllOfBuilder::new().description(description).item(object.clone()).item(any);
        *shape = Schema::from(whole).into();
    }

    /// Takes over the schemas of another one; what is there already stays.
    pub fn merge(&mut self, others: Self) {
        for (name, schema) in others.named {
            self.named.entry(name).or_insert(schema);
        }
    }
}

impl IntoIterator for Schemas {
    type Item = (String, Shape);
    type IntoIter = std::collections::btree_map::IntoIter<String, Shape>;

    fn into_iter(self) -> Self::IntoIter {
        self.named.into_iter()
    }
}

/// A moment in RFC 3339.
pub fn moment() -> Shape {
    let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
}
