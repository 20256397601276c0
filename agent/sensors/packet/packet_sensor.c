/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes events of packets to ports that nobody serves: of the first ones of each source, of touches of decoys, and one
 * of each port scan, however long it is. When more sources scan at once than are told of, one event counts them. Never
 * takes an address for proven but that of a connection to a decoy.
 */
#include "agent/base/budget.h"
#include "agent/base/now.h"
#include "agent/common/packet_sample.h"
#include "agent/event/connection.h"
#include "agent/sensors/packet/packet_sources.h"
#include "agent/sensors/sensors.h"

#include <stddef.h>
#include <string.h>

#define HITS_OF_SOURCE 4u	    /* single packets of one source that are told of, until it is quiet for a window */
#define HITS_MAX 60u		    /* of all sources, within a minute */
#define SCANS_MAX 16u		    /* events about scans within a minute; others are counted together */
#define HANDSHAKES_MAX 600u	    /* within a minute: a connection costs who makes it, too */
#define FLOODED_US (10 * MINUTE_US) /* how long it is said that the rate did not suffice */

_Static_assert(PACKET_PORTS_MAX == SETTINGS_SCAN_PORTS_MAX, "what rules count is kept");

struct state {
	const struct settings *settings;
	uint64_t packets, handshakes, unreported, damaged;
	struct budget hits, scans, handshake_events;
	uint32_t together;	    /* scans that were counted together, since the last one that was told of */
	uint32_t together_reported; /* of them in the last event */
	int64_t second;		    /* that is being counted */
	uint32_t in_second[CONNECTION_PROTOCOLS];
	int64_t flooded_until_us; /* 0: every packet was looked at lately */
	struct packet_sources sources;
};

static void init(void *state, const struct settings *settings)
{
	struct state *s = state;

	memset(s, 0, offsetof(struct state, sources));
	s->settings = settings;
	budget_init(&s->hits, HITS_MAX, MINUTE_US, 0);
	budget_init(&s->scans, SCANS_MAX, MINUTE_US, 0);
	budget_init(&s->handshake_events, HANDSHAKES_MAX, MINUTE_US, 0);
	packet_sources_init(&s->sources, settings->ban_prefix6);
}

static bool read_sample(struct str bytes, struct packet_sample *out)
{
	if (bytes.len != sizeof(*out))
		return false;
	memcpy(out, bytes.data, sizeof(*out));
	return out->version == PACKET_SAMPLE_VERSION && out->kind > 0 && out->kind < PACKET_SAMPLE_KINDS &&
	       out->protocol > 0 && out->protocol < CONNECTION_PROTOCOLS && (out->family == 4 || out->family == 6);
}

static bool is_decoy(const struct settings *s, const struct packet_sample *h)
{
	for (unsigned i = 0; i < s->decoy_count; i++)
		if (h->protocol == CONNECTION_TCP && s->decoys[i] == h->local_port)
			return true;
	return false;
}

static struct event describe(const struct packet_sample *h, uint8_t action, uint8_t severity)
{
	struct event event;

	memset(&event, 0, sizeof(event));
	event.kind = EVENT_PACKET;
	event.severity = severity;
	event.count = 1;
	event.packet.action = action;
	event.packet.protocol = h->protocol;
	event.packet.src = addr_from_bytes(h->family, h->remote);
	event.packet.dst = addr_from_bytes(h->family, h->local);
	event.packet.src_port = h->remote_port;
	event.packet.dst_port = h->local_port;
	return event;
}

/* A single packet: only the first ones of a source, and not too many in all, are worth a record each. */
static void tell_hit(struct state *s, struct packet_source *source, const struct event *event,
		     const struct sensors_sink *sink)
{
	if (source->hits_reported >= HITS_OF_SOURCE || !budget_spend(&s->hits, source->last_us)) {
		s->unreported++;
		return;
	}
	source->hits_reported++;
	sink->emit(sink->context, event);
}

/* More scans than are told of one by one: at each doubling of their number, one event about all. */
static void tell_together(struct state *s, const struct packet_sample *h, const struct sensors_sink *sink)
{
	struct event event = describe(h, PACKET_SCANS, SEV_MEDIUM);

	s->together++;
	if (s->together < 2 * s->together_reported)
		return;
	event.count = s->together - s->together_reported;
	event.packet.sources = s->together;
	event.packet.src = (struct addr){0};
	event.packet.src_port = event.packet.dst_port = 0;
	s->together_reported = s->together;
	sink->emit(sink->context, &event);
}

/* When the source has tried enough ports, and again at each doubling of its packets. */
static void tell_scan(struct state *s, struct packet_source *source, const struct packet_sample *h,
		      const struct sensors_sink *sink)
{
	const struct settings_rule_row *rule = &s->settings->rules[RULE_PORT_SCAN];
	struct event event = describe(h, PACKET_SCAN, SEV_MEDIUM);
	uint32_t ports = packet_sources_ports(source, rule->window_us);
	bool first = source->told == 0;

	if (ports < rule->count || (!first && source->packets / 2 < source->told))
		return;
	event.count = source->packets - source->told;
	source->told = source->packets;
	if (!budget_spend(&s->scans, source->last_us)) {
		if (first)
			tell_together(s, h, sink);
		return;
	}
	s->together = s->together_reported = 0;
	event.packet.ports = ports;
	event.packet.packets = source->packets;
	event.packet.window_s = (uint32_t)(rule->window_us / SECOND_US);
	event.packet.dst_port = event.packet.src_port = 0;
	sink->emit(sink->context, &event);
}

/* Whether the kernel, which lets `rate` packets a second through, held some back. */
static void watch_rate(struct state *s, const struct packet_sample *h, struct now now)
{
	int64_t second = now.mono_us / SECOND_US;

	if (second != s->second)
		memset(s->in_second, 0, sizeof(s->in_second));
	s->second = second;
	if (++s->in_second[h->protocol] > s->settings->firewall_rate)
		s->flooded_until_us = now.mono_us + FLOODED_US;
}

static void connected(struct state *s, struct packet_source *source, const struct packet_sample *h,
		      const struct sensors_sink *sink)
{
	const struct settings_rule_row *rule = &s->settings->rules[RULE_DECOY_TOUCH];
	struct event event = describe(h, PACKET_HANDSHAKE, SEV_MEDIUM);

	s->handshakes++;
	if (source->handshakes == 0 || source->last_us - source->handshakes_us > rule->window_us) {
		source->handshakes = 0;
		source->handshakes_us = source->last_us;
	}
	if (++source->handshakes < rule->count)
		event.packet.action = PACKET_TOUCH;
	if (budget_spend(&s->handshake_events, source->last_us))
		sink->emit(sink->context, &event);
	else
		s->unreported++;
}

static void decode(void *state, struct str bytes, struct now now, const struct sensors_sink *sink)
{
	struct state *s = state;
	struct packet_sample h;
	struct packet_source *source;
	struct event event;

	if (!read_sample(bytes, &h)) {
		s->damaged++;
		return;
	}
	event = describe(&h, PACKET_HIT, SEV_INFO);
	if (addr_is_loopback(&event.packet.src) || addr_equal(&event.packet.src, &event.packet.dst))
		return;
	source = packet_sources_note(&s->sources,
				     &(struct packet_noted){&event.packet.src, h.local_port, h.protocol, now},
				     s->settings->rules[RULE_PORT_SCAN].window_us);
	if (h.kind == PACKET_SAMPLE_CONNECTED) {
		connected(s, source, &h, sink);
	} else {
		s->packets++;
		watch_rate(s, &h, now);
		if (is_decoy(s->settings, &h)) {
			event.packet.action = PACKET_TOUCH;
			event.severity = SEV_LOW;
		}
		tell_hit(s, source, &event, sink);
	}
	tell_scan(s, source, &h, sink);
}

static void tick(void *state, struct now now, const struct sensors_sink *sink)
{
	struct state *s = state;

	(void)sink;
	if (now.mono_us >= s->flooded_until_us)
		s->flooded_until_us = 0;
}

static int64_t deadline(const void *state)
{
	const struct state *s = state;

	return s->flooded_until_us ? s->flooded_until_us : INT64_MAX;
}

static unsigned counters(const void *state, struct sensors_counter out[SENSORS_COUNTERS_MAX])
{
	const struct state *s = state;

	out[0] = (struct sensors_counter){"packets", s->packets};
	out[1] = (struct sensors_counter){"decoy_handshakes", s->handshakes};
	out[2] = (struct sensors_counter){"packets_unreported", s->unreported};
	out[3] = (struct sensors_counter){"packet_sources", s->sources.lru.count};
	out[4] = (struct sensors_counter){"packet_sources_forgotten", s->sources.lru.evicted};
	out[5] = (struct sensors_counter){"packets_damaged", s->damaged};
	return 6;
}

static const char *problem(const void *state)
{
	const struct state *s = state;

	return s->flooded_until_us
		       ? "more packets come to ports that nobody serves than [firewall] rate: a port scan among "
			 "them may not be seen"
		       : NULL;
}

static bool scan_row(const void *state, uint32_t number, struct event *out)
{
	const struct state *s = state;
	const struct packet_source *source = packet_sources_at(&s->sources, number);
	struct packet_event *e = &out->packet;

	if (!source)
		return false;
	out->kind = EVENT_PACKET;
	out->count = 1;
	e->action = source->told ? PACKET_SCAN : source->handshakes ? PACKET_HANDSHAKE : PACKET_HIT;
	e->src = source->addr;
	e->protocol = source->last.protocol;
	e->dst_port = source->last.port;
	e->packets = source->packets;
	e->ports = packet_sources_ports(source, s->settings->rules[RULE_PORT_SCAN].window_us);
	e->last_s = source->last_s;
	return true;
}

static const char *off(const struct settings *settings)
{
	return settings->firewall
		       ? NULL
		       : "packets to ports that nobody serves are not watched: set enabled = yes in [firewall] "
			 "of caltrop.conf";
}

const struct sensors_row packet_sensor_row = {
	.name = "packet",
	.section = "firewall",
	.source = SENSORS_SOURCE_PACKET,
	.kinds = 1u << EVENT_PACKET,
	.size = sizeof(struct state),
	.init = init,
	.decode = decode,
	.off = off,
	.tick = tick,
	.deadline = deadline,
	.counters = counters,
	.problem = problem,
	.tables = {{"scans", scan_row}},
};
