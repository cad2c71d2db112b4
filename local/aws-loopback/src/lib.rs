//! EventBridge, SQS FIFO and Secrets Manager on loopback, as far as the SDKs need them
