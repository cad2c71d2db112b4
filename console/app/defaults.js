// What holds where a project has set nothing. A test holds it to the defaults in docs/openapi.json.
export const DEFAULTS = {
  ttlMinutes: { chat: 30, messaging: 30, email: 1440, campaign: 60, voice: 0 },
  expiryWarningSeconds: { chat: 120, messaging: 120, email: 3600, campaign: 300, voice: 300 },
  limits: { pendingMinutes: 1440, unconfirmedMinutes: 10, queuedMinutes: 0, firstReplyMinutes: 5, postAgentMinutes: 60, handbackMinutes: 0 },
  lifecycle: { endedRetentionMinutes: 1440, voiceStaleAfterMinutes: 60 },
  patience: { openingSeconds: 120, messagesSeconds: 600, closingSeconds: 86_400 },
  routing: { queue: 'default', priority: 5, postAgentAction: 'return_to_agent' },
}
