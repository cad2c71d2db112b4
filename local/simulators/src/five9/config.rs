//! How the simulated tenant is set up.

/// Which of the two generations of the API it offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flavor {
    /// Chat REST API under `/appsvcs/rs/svc`: anonymous sessions, callbacks to an address of the create request.
    #[default]
    Classic,
    /// Open Messaging: OAuth client, callbacks to the delivery profile's address.
    OpenMessaging,
}

/// How a classic call names its token (implementations differ).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthScheme {
    /// `Authorization: Bearer-<tokenId>`, hyphen and no space.
    #[default]
    BearerHyphen,
    /// `Authorization: Bearer <tokenId>`.
    Bearer,
}

/// The id of a classic conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConversationIds {
    /// The first conversation of a token has the token as its id, as in published samples.
    #[default]
    Token,
    /// Every conversation has an id of its own, so that id and token cannot be mixed up.
    Own,
}

/// Name of the id in the answer to a classic create.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdField {
    /// `id`.
    #[default]
    Id,
    /// `correlationId`.
    CorrelationId,
}

/// What `GET …/auth/metadata` answers ("the same metadata block" can be read in two ways).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MetadataForm {
    /// `{"metadata":{"dataCenters":[…]}}`, as in the answer to the anonymous login.
    #[default]
    Wrapped,
    /// `{"dataCenters":[…]}`.
    Bare,
}

/// The HTTP methods of classic callbacks; implementations register both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallbackMethods {
    /// Odd serial numbers by POST, even ones by PUT.
    #[default]
    Alternating,
    /// POST only.
    Post,
    /// PUT only.
    Put,
}

/// Where callbacks carry the representative's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NameField {
    /// `displayName`.
    #[default]
    DisplayName,
    /// `agentData.displayName`; classic only.
    AgentData,
}

/// How a second representative shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AgentChange {
    /// A second `accept` (classic), `TRANSFER_TO_AGENT` (Open Messaging).
    #[default]
    Announced,
    /// Only the name in the next event is another.
    NameOnly,
}

/// Whether the tenant has a call to end a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TerminateCall {
    /// It has.
    #[default]
    Offered,
    /// It answers this status (405, 501) and does nothing.
    Absent(u16),
}

/// How the OAuth client shows its credentials; Open Messaging only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OAuthStyle {
    /// HTTP Basic, scopes `openmessaging:read` and `openmessaging:write`.
    #[default]
    Basic,
    /// Form fields `client_id` and `client_secret`, scope `api`.
    Body,
}

/// What `:terminate` wants as `sourceParticipantId`; Open Messaging only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TerminateParticipant {
    /// Nothing; a string is tolerated.
    #[default]
    Any,
    /// The value of `from` in the newest `ACCEPT`.
    FromAccept,
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

/// A tenant with one inbound campaign.
#[derive(Clone)]
pub struct Five9Config {
    /// Generation of the API.
    pub flavor: Flavor,
    /// Tenant name of the anonymous login; classic.
    pub tenant_name: String,
    /// The tenant's id: `orgId` in answers, `tenantId` in creates; classic.
    pub org_id: u64,
    /// The inbound campaign that is enabled for chat.
    pub campaign_name: String,
    /// Form of the token; classic.
    pub auth_scheme: AuthScheme,
    /// Ids of conversations; classic.
    pub conversation_ids: ConversationIds,
    /// Name of the id in the answer to a create; classic.
    pub id_field: IdField,
    /// Form of the metadata; classic.
    pub metadata_form: MetadataForm,
    /// How many reads of `/info` say that a conversation is not active yet; until then it takes no messages. Classic.
    pub inactive_reads: u32,
    /// Custom call variables (`Group.Variable`) that exist; `None` has every one. Classic.
    pub call_variables: Option<Vec<String>>,
    /// Further top-level fields of a create that this tenant knows; classic.
    pub routing_fields: Vec<String>,
    /// HTTP methods of callbacks; classic.
    pub callback_methods: CallbackMethods,
    /// Where callbacks name the representative.
    pub name_field: NameField,
    /// How a change of representatives shows.
    pub agent_change: AgentChange,
    /// Whether conversations can be ended from outside; classic.
    pub terminate_call: TerminateCall,
    /// Status of calls about a conversation that is over: 404 or 410.
    pub gone_status: u16,
    /// OAuth client; Open Messaging.
    pub client_key: String,
    /// Its secret.
    pub client_secret: String,
    /// How it shows them.
    pub oauth_style: OAuthStyle,
    /// Lifetime of an access token; Open Messaging.
    pub token_seconds: u32,
    /// Domain; Open Messaging.
    pub domain_id: String,
    /// Delivery profile, which has the webhook; Open Messaging.
    pub delivery_profile_id: String,
    /// Handle of the campaign source; Open Messaging.
    pub campaign_handle: String,
    /// Whether `ADD_PARTICIPANT` and `REMOVE_PARTICIPANT` are sent; Open Messaging.
    pub participant_events: bool,
    /// What ends a chat; Open Messaging.
    pub terminate_participant: TerminateParticipant,
    /// Webhook of the delivery profile; `None` until the platform says it. Open Messaging.
    pub webhook_url: Option<String>,
    /// Secret for [`WebhookAuth::HeaderSecret`].
    pub webhook_secret: String,
    /// How callbacks prove themselves.
    pub webhook_auth: WebhookAuth,
}

impl Five9Config {
    /// A tenant that behaves as the settings' defaults say; credentials are neutral until set.
    pub fn new(flavor: Flavor) -> Self {
        Self {
            flavor,
            tenant_name: "Acme Inc".to_owned(),
            org_id: 131_096,
            campaign_name: "AI Handoff".to_owned(),
            auth_scheme: AuthScheme::default(),
            conversation_ids: ConversationIds::default(),
            id_field: IdField::default(),
            metadata_form: MetadataForm::default(),
            inactive_reads: 0,
            call_variables: None,
            routing_fields: Vec::new(),
            callback_methods: CallbackMethods::default(),
            name_field: NameField::default(),
            agent_change: AgentChange::default(),
            terminate_call: TerminateCall::default(),
            gone_status: 404,
            client_key: "five9-client".to_owned(),
            client_secret: "five9-client-secret".to_owned(),
            oauth_style: OAuthStyle::default(),
            token_seconds: 3600,
            domain_id: "131096".to_owned(),
            delivery_profile_id: "delivery-profile-1".to_owned(),
            campaign_handle: "Chat".to_owned(),
            participant_events: false,
            terminate_participant: TerminateParticipant::default(),
            webhook_url: None,
            webhook_secret: String::new(),
            webhook_auth: WebhookAuth::default(),
        }
    }

    /// The same tenant with the delivery profile's webhook (Open Messaging) or the static header's secret (classic).
    #[must_use]
    pub fn with_webhook(mut self, url: &str, secret: &str, auth: WebhookAuth) -> Self {
        self.webhook_url = Some(url.to_owned());
        secret.clone_into(&mut self.webhook_secret);
        self.webhook_auth = auth;
        self
    }
}
