//! Reading the table out of a `CloudFormation` or SAM template.

use serde::Deserialize;
use serde_yaml_ng::Value;

use crate::TemplateError;
use crate::table::{Index, Key, TableDefinition};

const TABLE_TYPE: &str = "AWS::DynamoDB::Table";

/// The one table of a template. `CloudFormation`'s tags (`!Ref`, `!Sub` …) may stand anywhere but in the keys.
pub fn table_from_template(yaml: &str) -> Result<TableDefinition, TemplateError> {
    let template: Value = serde_yaml_ng::from_str(yaml)?;
    let resources = template.get("Resources").and_then(Value::as_mapping);
    let mut tables: Vec<_> = resources
        .into_iter()
        .flat_map(serde_yaml_ng::Mapping::values)
        .filter(|resource| resource.get("Type").and_then(Value::as_str) == Some(TABLE_TYPE))
        .collect();
    let (Some(table), true) = (tables.pop(), tables.is_empty()) else {
        return Err(TemplateError::Tables(tables.len()));
    };
    let properties = table.get("Properties").cloned().unwrap_or(Value::Null);
    let properties: Properties = serde_yaml_ng::from_value(properties)?;
    properties.definition()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    attribute_definitions: Vec<AttributeDefinition>,
    key_schema: Vec<KeyElement>,
    #[serde(default)]
    global_secondary_indexes: Vec<SecondaryIndex>,
    time_to_live_specification: Option<TimeToLive>,
    stream_specification: Option<StreamSpecification>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributeDefinition {
    attribute_name: String,
    attribute_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeyElement {
    attribute_name: String,
    key_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SecondaryIndex {
    index_name: String,
    key_schema: Vec<KeyElement>,
    projection: Projection,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Projection {
    projection_type: String,
    #[serde(default)]
    non_key_attributes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimeToLive {
    attribute_name: String,
    enabled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StreamSpecification {
    stream_view_type: String,
}

impl Properties {
    fn definition(self) -> Result<TableDefinition, TemplateError> {
        let key = self.key("the table", &self.key_schema)?;
        let indexes = self.global_secondary_indexes.iter().map(|index| {
            Ok(Index {
                key: self.key(&index.index_name, &index.key_schema)?,
                name: index.index_name.clone(),
                projection: index.projection.projection_type.clone(),
                projected: index.projection.non_key_attributes.clone(),
            })
        });
        Ok(TableDefinition {
            key,
            indexes: indexes.collect::<Result<_, TemplateError>>()?,
            time_to_live: self
                .time_to_live_specification
                .filter(|specification| specification.enabled)
                .map(|specification| specification.attribute_name),
            stream: self.stream_specification.map(|specification| specification.stream_view_type),
        })
    }

    fn key(&self, of: &str, schema: &[KeyElement]) -> Result<Key, TemplateError> {
        let incomplete = || TemplateError::Keys(of.to_owned());
        let attribute = |element: &KeyElement| {
            let definition = self.attribute_definitions.iter().find(|it| it.attribute_name == element.attribute_name);
            definition.map(|it| (it.attribute_name.clone(), it.attribute_type.clone())).ok_or_else(incomplete)
        };
        let partition = schema.iter().find(|element| element.key_type == "HASH").ok_or_else(incomplete)?;
        let sort = schema.iter().find(|element| element.key_type == "RANGE");
        Ok(Key { partition: attribute(partition)?, sort: sort.map(attribute).transpose()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = r#"
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Role: !GetAtt Role.Arn
      Environment: { Variables: { TABLE: !Ref Table } }
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "${AWS::StackName}-transfers"
      BillingMode: !If [OnDemand, PAY_PER_REQUEST, PROVISIONED]
      AttributeDefinitions:
        - { AttributeName: pk, AttributeType: S }
        - { AttributeName: sk, AttributeType: "N" }
        - { AttributeName: at, AttributeType: S }
      KeySchema:
        - { AttributeName: sk, KeyType: RANGE }
        - { AttributeName: pk, KeyType: HASH }
      GlobalSecondaryIndexes:
        - IndexName: byTime
          KeySchema: [{ AttributeName: at, KeyType: HASH }]
          Projection: { ProjectionType: KEYS_ONLY }
      TimeToLiveSpecification: { AttributeName: expiresAt, Enabled: true }
      StreamSpecification: { StreamViewType: NEW_AND_OLD_IMAGES }
"#;

    #[test]
    fn a_table_is_found_among_tags_and_other_resources() {
        let table = table_from_template(TEMPLATE).unwrap();
        assert_eq!(table.key.partition, ("pk".to_owned(), "S".to_owned()));
        assert_eq!(table.key.sort, Some(("sk".to_owned(), "N".to_owned())));
        assert_eq!(table.time_to_live.as_deref(), Some("expiresAt"));
        assert_eq!(table.stream.as_deref(), Some("NEW_AND_OLD_IMAGES"));
        assert_eq!(table.indexes.len(), 1);
        assert_eq!(table.indexes[0].key.sort, None);
    }

    #[test]
    fn a_template_without_exactly_one_table_is_refused() {
        assert!(matches!(table_from_template("Resources: {}"), Err(TemplateError::Tables(0))));
        let twice = TEMPLATE
            .replace("  Function:\n    Type: AWS::Serverless::Function", "  Other:\n    Type: AWS::DynamoDB::Table");
        assert!(matches!(table_from_template(&twice), Err(TemplateError::Tables(_))));
        assert!(matches!(table_from_template("a: [b"), Err(TemplateError::Unreadable(_))));
    }

    #[test]
    fn a_key_without_its_attribute_is_refused() {
        let template = TEMPLATE.replace("        - { AttributeName: at, AttributeType: S }\n", "");
        assert!(matches!(table_from_template(&template), Err(TemplateError::Keys(of)) if of == "byTime"));
    }

    #[test]
    fn the_projects_own_template_has_its_table() {
        let table = table_from_template(include_str!("../../../template.yaml")).unwrap();
        assert_eq!(table.time_to_live.as_deref(), Some("expiresAt"));
        assert_eq!(table.stream.as_deref(), Some("NEW_AND_OLD_IMAGES"));
    }
}
