//! The functions' variables are those that the configuration reads.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use transfer_aws::{Config, Service};
use transfer_providers::{Adapters, GENESYS, HostPolicy};
use transfer_tests::harness::{ApiRequest, World, answer_of};

use super::reading::Template;

/// Read elsewhere: the log filter, where TLS finds its certificates, where AWS is, and how the C library allocates.
const NOT_OF_CONFIG: [&str; 5] =
    ["RUST_LOG", "SSL_CERT_FILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "GLIBC_TUNABLES"];

/// Set by Lambda itself where X-Ray is on, and by SAM CLI in its containers.
const SET_BY_OTHERS: [&str; 2] = ["AWS_XRAY_DAEMON_ADDRESS", "AWS_SAM_LOCAL"];

/// What only `sam local` gives a value: on AWS, AWS is where it is, and nobody calls without a token.
const OF_SAM_LOCAL: [&str; 3] = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "LOCAL_CALLER_PROJECTS"];

/// Everything that the configuration asks the environment for.
fn asked() -> BTreeSet<String> {
    let asked = RefCell::new(BTreeSet::new());
    let config = Config::read(|name| {
        asked.borrow_mut().insert(name.to_owned());
        (name == "TABLE_NAME").then(|| "transfers".to_owned())
    });
    config.unwrap();
    asked.into_inner()
}

#[test]
fn every_variable_that_is_read_is_set_and_every_one_that_is_set_is_read() {
    let template = Template::read();
    let set: BTreeSet<String> =
        template.functions().iter().flat_map(|function| template.environment(function).into_keys()).collect();
    let mut known = asked();
    assert!(SET_BY_OTHERS.iter().all(|name| known.remove(*name)));
    known.extend(NOT_OF_CONFIG.map(str::to_owned));
    assert_eq!(set, known);
}

#[test]
fn what_is_meant_for_sam_local_is_empty_in_every_function() {
    let template = Template::read();
    for function in template.functions() {
        let environment = template.environment(&function);
        for name in OF_SAM_LOCAL {
            assert_eq!(environment.get(name).map(String::as_str), Some(""), "{name} of {}", function.name);
        }
    }
}

#[test]
fn each_function_has_what_it_cannot_be_without() {
    let template = Template::read();
    for function in template.functions() {
        let mut environment = template.environment(&function);
        let value = |environment: &mut BTreeMap<String, String>, name: &str| {
            environment.remove(name).unwrap_or_else(|| panic!("{} has no {name}", function.name))
        };
        assert_eq!(value(&mut environment, "TABLE_NAME"), "${Table}");
        assert_eq!(value(&mut environment, "EVENT_BUS_NAME"), "${EventBus}");
        assert_eq!(value(&mut environment, "COMMAND_QUEUE_URL"), "${CommandQueue}");
        assert_eq!(value(&mut environment, "NOTICE_QUEUE_URL"), "${NoticeQueue}");
        assert_eq!(value(&mut environment, "TICK_QUEUE_URL"), "${TickQueue}");
        assert_eq!(value(&mut environment, "PARKED_RECORDS_QUEUE_URL"), "${ParkedRecords}");
        let own = |name: &str| environment.get(name).map(String::as_str);
        let limits = (own("INTEGRATION_RATE_LIMIT"), own("INTEGRATION_BURST_LIMIT"));
        match function.binary {
            "provider-webhook" => {
                assert_eq!(limits, (Some("${IntegrationRateLimit}"), Some("${IntegrationBurstLimit}")));
            }
            "serve-console" => {
                assert_eq!(own("CONSOLE_ISSUER"), Some("${JwtIssuer}"), "the one whose tokens the API takes");
                assert_eq!(own("CONSOLE_CLIENT_ID"), Some("${ConsoleClientId}"));
            }
            "settings" => assert_eq!(own("SECRETS_KEY_ARN"), Some("${KmsKeyArn}"), "it makes the secrets"),
            _ => assert_eq!(limits, (None, None), "{}", function.name),
        }
    }
}

#[test]
fn contact_centres_of_a_deployment_are_public_and_a_webhooks_address_is_known_where_it_is_told() {
    let template = Template::read();
    for function in template.functions() {
        let environment = template.environment(&function);
        let hosts = environment["PROVIDER_HOSTS"].clone();
        let config = Config::read(|name| match name {
            "TABLE_NAME" => Some("transfers".to_owned()),
            "PROVIDER_HOSTS" => Some(hosts.clone()),
            _ => None,
        });
        assert_eq!(config.unwrap().host_policy, HostPolicy::Public, "{}", function.name);
        let told = environment.get("PUBLIC_BASE_URL").map(String::as_str);
        match function.binary {
            // It tells a contact centre where to call back, and no request tells it the address.
            "deliver" => assert_eq!(
                told,
                Some("if HasDomain, https://${DomainName}, if HasPublicBaseUrl, ${PublicBaseUrl}, ${Api.ApiEndpoint}")
            ),
            // The API is made of this function, so it takes the address from the request where none is set.
            "settings" | "test-integration" | "mcp" => {
                assert_eq!(told, Some("if HasDomain, https://${DomainName}, ${PublicBaseUrl}"));
            }
            other => assert_eq!(told, None, "{other} tells nobody an address"),
        }
    }
}

#[test]
fn the_defaults_of_the_template_are_those_of_the_configuration() {
    let template = Template::read();
    let config = Config::read(|name| (name == "TABLE_NAME").then(|| "transfers".to_owned())).unwrap();
    let parameter = |name: &str| &template.section("Parameters")[name]["Default"];
    assert_eq!(parameter("IntegrationRateLimit").as_u64(), Some(config.callback_limit.rate.into()));
    assert_eq!(parameter("IntegrationBurstLimit").as_u64(), Some(config.callback_limit.burst.into()));
    assert_eq!(parameter("ProjectClaim").as_str(), Some(config.tokens.project_claim.as_str()));
    let console = Config::read(|name| match name {
        "TABLE_NAME" => Some("transfers".to_owned()),
        "CONSOLE_CLIENT_ID" => Some("console".to_owned()),
        "CONSOLE_ISSUER" => Some("https://id.example.com".to_owned()),
        _ => None,
    });
    let scopes = console.unwrap().console_sign_in.unwrap().scopes.join(" ");
    assert_eq!(parameter("ConsoleScopes").as_str(), Some(scopes.as_str()));
    assert_eq!(parameter("LogLevel").as_str(), Some("info"));
}

#[tokio::test]
async fn without_an_address_in_its_environment_settings_tells_the_one_that_it_was_called_by() {
    let world = World::start(GENESYS).await;
    for (configured, told) in [("", "https://api.example.com"), ("https://own.example.org", "https://own.example.org")]
    {
        let service = world.service();
        let config = Config { public_base_url: configured.to_owned(), ..(*service.config).clone() };
        let service = Service { config: Arc::new(config), ..service };
        let request = ApiRequest::of("GET /v1/projects/{projectId}/integrations/{provider}");
        let request = request.parameter("provider", "genesys").build();
        let answer = answer_of(settings::handle(&service, &Adapters::inbound(), request).await);
        for (field, below) in [("webhookUrl", "/v1/webhooks/genesys/"), ("relayUrl", "/v1/webhooks/relay/")] {
            let address = answer.body[field].as_str().unwrap();
            assert!(address.starts_with(&format!("{told}{below}")), "{address}");
        }
    }
}
