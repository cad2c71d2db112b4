//! How the simulated tenant is set up.

use crate::engine::{choices, config};

/// Whether the tenant has a call to end a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TerminateCall {
    /// It has.
    #[default]
    Offered,
    /// It answers this status (405, 501) and does nothing.
    Absent(u16),
}

/// How callbacks prove themselves beside the address, which carries its secret in the path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WebhookAuth {
    /// Not at all: there is no signature.
    #[default]
    PathSecret,
    /// A static header of this name with the secret of the webhook.
    HeaderSecret(String),
}

choices! {
    /// Which of the two generations of the API it offers.
    pub enum Flavor {
        /// Chat REST API under `/appsvcs/rs/svc`: anonymous sessions, callbacks to an address of the create request.
        Classic,
        /// Open Messaging: OAuth client, callbacks to the delivery profile's address.
        OpenMessaging,
    }

    /// How a classic call names its token (implementations differ).
    pub enum AuthScheme {
        /// `Authorization: Bearer-<tokenId>`, hyphen and no space.
        BearerHyphen,
        /// `Authorization: Bearer <tokenId>`.
        Bearer,
    }

    /// The id of a classic conversation.
    pub enum ConversationIds {
        /// The first conversation of a token has the token as its id, as in published samples.
        Token,
        /// Every conversation has an id of its own, so that id and token cannot be mixed up.
        Own,
    }

    /// Name of the id in the answer to a classic create.
    pub enum IdField {
        /// `id`.
        Id,
        /// `correlationId`.
        CorrelationId,
    }

    /// What `GET …/auth/metadata` answers ("the same metadata block" can be read in two ways).
    pub enum MetadataForm {
        /// `{"metadata":{"dataCenters":[…]}}`, as in the answer to the anonymous login.
        Wrapped,
        /// `{"dataCenters":[…]}`.
        Bare,
    }

    /// The HTTP methods of classic callbacks; implementations register both.
    pub enum CallbackMethods {
        /// Odd serial numbers by POST, even ones by PUT.
        Alternating,
        /// POST only.
        Post,
        /// PUT only.
        Put,
    }

    /// Where callbacks carry the representative's name.
    pub enum NameField {
        /// `displayName`.
        DisplayName,
        /// `agentData.displayName`; classic only.
        AgentData,
    }

    /// How a second representative shows.
    pub enum AgentChange {
        /// A second `accept` (classic), `TRANSFER_TO_AGENT` (Open Messaging).
        Announced,
        /// Only the name in the next event is another.
        NameOnly,
    }

    /// How the OAuth client shows its credentials; Open Messaging only.
    pub enum OAuthStyle {
        /// HTTP Basic, scopes `openmessaging:read` and `openmessaging:write`.
        Basic,
        /// Form fields `client_id` and `client_secret`, scope `api`.
        Body,
    }

    /// What `:terminate` wants as `sourceParticipantId`; Open Messaging only.
    pub enum TerminateParticipant {
        /// Nothing; a string is tolerated.
        Any,
        /// The value of `from` in the newest `ACCEPT`.
        FromAccept,
    }
}

config! {
    /// A tenant with one inbound campaign.
    pub struct Five9Config(flavor: Flavor) {
        /// Generation of the API.
        flavor: Flavor = flavor;
        /// Tenant name of the anonymous login; classic.
        tenant_name: String = "Acme Inc".to_owned();
        /// The tenant's id: `orgId` in answers, `tenantId` in creates; classic.
        org_id: u64 = 131_096;
        /// The inbound campaign that is enabled for chat.
        campaign_name: String = "AI Handoff".to_owned();
        /// Form of the token; classic.
        auth_scheme: AuthScheme = AuthScheme::default();
        /// Ids of conversations; classic.
        conversation_ids: ConversationIds = ConversationIds::default();
        /// Name of the id in the answer to a create; classic.
        id_field: IdField = IdField::default();
        /// Form of the metadata; classic.
        metadata_form: MetadataForm = MetadataForm::default();
        /// How many reads of `/info` say that a conversation is not active yet; until then it takes no messages.
        /// Classic.
        inactive_reads: u32 = 0;
        /// Custom call variables (`Group.Variable`) that exist; `None` has every one. Classic.
        call_variables: Option<Vec<String>> = None;
        /// Further top-level fields of a create that this tenant knows; classic.
        routing_fields: Vec<String> = Vec::new();
        /// HTTP methods of callbacks; classic.
        callback_methods: CallbackMethods = CallbackMethods::default();
        /// Where callbacks name the representative.
        name_field: NameField = NameField::default();
        /// How a change of representatives shows.
        agent_change: AgentChange = AgentChange::default();
        /// Whether conversations can be ended from outside; classic.
        terminate_call: TerminateCall = TerminateCall::default();
        /// Status of calls about a conversation that is over: 404 or 410.
        gone_status: u16 = 404;
        /// OAuth client; Open Messaging.
        client_key: String = "five9-client".to_owned();
        /// Its secret.
        client_secret: String = "five9-client-secret".to_owned();
        /// How it shows them.
        oauth_style: OAuthStyle = OAuthStyle::default();
        /// Lifetime of an access token; Open Messaging.
        token_seconds: u32 = 3600;
        /// Domain; Open Messaging.
        domain_id: String = "131096".to_owned();
        /// Delivery profile, which has the webhook; Open Messaging.
        delivery_profile_id: String = "delivery-profile-1".to_owned();
        /// Handle of the campaign source; Open Messaging.
        campaign_handle: String = "Chat".to_owned();
        /// Whether `ADD_PARTICIPANT` and `REMOVE_PARTICIPANT` are sent; Open Messaging.
        participant_events: bool = false;
        /// What ends a chat; Open Messaging.
        terminate_participant: TerminateParticipant = TerminateParticipant::default();
        /// Webhook of the delivery profile; `None` until the platform says it. Open Messaging.
        webhook_url: Option<String> = None;
        /// Secret for [`WebhookAuth::HeaderSecret`].
        webhook_secret: String = String::new();
        /// How callbacks prove themselves.
        webhook_auth: WebhookAuth = WebhookAuth::default();
    }
}

impl Five9Config {
    /// The same tenant with the delivery profile's webhook (Open Messaging) or the static header's secret (classic).
    #[must_use]
    pub fn with_webhook(mut self, url: &str, secret: &str, auth: WebhookAuth) -> Self {
        self.webhook_url = Some(url.to_owned());
        secret.clone_into(&mut self.webhook_secret);
        self.webhook_auth = auth;
        self
    }
}
