//! DynamoDB inside the process: in memory or in a file, with the template's table.
