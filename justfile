# The commands of every day: `just NAME`, or the command itself. https://just.systems

# What there is.
_:
    @{{ just_executable() }} --list --unsorted

# Start everything.
start *OPTIONS:
    cargo run -- {{ OPTIONS }}

# See the events of the stack that runs.
events:
    cargo run -- events --follow

# Check that all of it compiles.
check:
    cargo check --workspace --all-targets

# Test one file of scenarios, such as `just scenarios flows`.
scenarios FILE:
    cargo test --workspace --test scenarios {{ FILE }}::

# Test one adapter against its contract, such as `just adapter genesys`.
adapter PROVIDER:
    CONFORMANCE={{ PROVIDER }} cargo test --workspace --test conformance

# Test everything.
test:
    cargo test

# Lint as CI does.
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Bring the code into its form.
form:
    cargo fmt --all

# Renew docs/openapi.json.
openapi:
    UPDATE_OPENAPI=1 cargo test --workspace --test documents openapi

# Renew docs/conformance.md.
conformance:
    UPDATE_CONFORMANCE=1 cargo test --workspace --test conformance

# Everything that must hold, on Debian; `just ci fast` in minutes.
ci STAGE="full":
    .ci/run {{ STAGE }}
