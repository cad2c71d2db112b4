//! The DynamoDB table: keys, rows, conditions and what each access costs
