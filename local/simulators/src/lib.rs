//! Contact centres that speak their real wire contract, with a scripted human
