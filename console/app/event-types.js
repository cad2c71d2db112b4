// What an event endpoint can ask for, as it happens in a session's life. A test holds it to events/schemas.
export const EVENT_TYPES = [
  'transfer.requested', 'transfer.accepted', 'transfer.queued', 'transfer.representative_joined',
  'transfer.representative_left', 'transfer.post_agent', 'transfer.survey', 'transfer.delayed',
  'transfer.silent', 'transfer.stale', 'transfer.unknown_there', 'transfer.expiring', 'transfer.failed',
  'transfer.ended', 'transfer.expired', 'transfer.followed', 'transfer.handback_updated', 'transfer.handback_open',
  'message.received', 'message.delivered', 'message.failed', 'typing', 'integration.state_changed',
  'event_endpoint.state_changed',
]
