/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles one log line: decodes it, counts its attempt once, gives the attempt to the incidents, and makes a record of
 * the event. Events of the sensors that keep a state go the last two steps of that way, and those that were recorded
 * all but the first. This file only calls the stages in their order. Never decides itself: rules, incident and response
 * do.
 */
#include "agent/core/core_parts.h"

/*
 * Whether no local user can have written this: an audit record, which the kernel accepts from root only; a line of the
 * syslog socket whose sender, by the kernel's word, is root and has the process number that the line bears; or an entry
 * of the journal whose program is root's and has the line's name. (A relay such as rsyslogd is root, too, but has
 * another number.)
 */
static bool is_vouched(const struct input *input, const struct event *event)
{
	if (input->source == CORE_SOURCE_AUDIT)
		return true;
	return (input->source == CORE_SOURCE_SYSLOG || input->source == CORE_SOURCE_JOURNAL) && input->writer &&
	       input->writer == event->auth.pid;
}

static bool decode_of_stream(struct core *c, struct stream *s, struct str line, struct event *out)
{
	const char *before = declared_unread(s);
	bool found = stream_decode(s, line, out);
	const char *now = declared_unread(s);

	if (now != before) {
		c->health.changed = true;
		if (now)
			core_log(c, SEV_MEDIUM, "a log is not read; health says which one and why");
	}
	return found;
}

/*
 * A line of the syslog socket. What its own program sent has passed no log's daemon, so nothing but the program itself
 * has cut it. The stream has it all the same: the next line may be about it.
 */
static bool decode_of_socket(struct core *c, const struct input *input, struct event *out)
{
	struct event whole;

	if (!decode_of_stream(c, &c->streams[SETTINGS_FILES_MAX], input->bytes, out))
		return false;
	if (input->bytes.len >= SENSOR_CUT_MIN && is_vouched(input, out) && sensor_decode_whole(input->bytes, &whole) &&
	    is_vouched(input, &whole))
		*out = whole;
	return true;
}

/* Decode a line. "last message repeated 3 times" is decoded as the line before it, except in the audit stream. */
static bool decode(struct core *c, const struct input *input, struct event *out)
{
	if (input->source < SETTINGS_FILES_MAX)
		return decode_of_stream(c, &c->streams[input->source], input->bytes, out);
	if (input->source == CORE_SOURCE_SYSLOG)
		return decode_of_socket(c, input, out);
	/* journald keeps a message whole. One that the source cut is longer than any program's own limit. */
	if (input->source == CORE_SOURCE_JOURNAL)
		return sensor_decode_whole(input->bytes, out);
	return sensor_decode(input->bytes, out);
}

/* Have the pack's rules about log lines judge the line, whether or not a decoder knows it. */
static void judge_line(struct core *c, const struct input *input)
{
	struct event event = {.kind = EVENT_AUTH, .severity = SEV_INFO, .count = 1, .line = input->bytes};

	if (input->bytes.len == 0)
		return;
	core_incidents_feed(c, &(struct incident_input){
				       .event = &event,
				       .when = c->now,
				       .place = {input->source, input->place.inode, input->place.offset},
				       .line = true,
			       });
}

/* Count an event of a log-in as an attempt, once, and go on with it. */
static void take(struct core *c, const struct input *input, struct event *event)
{
	struct attempt attempt;

	/* An error log names the proxy as the client, too, and a proxy is no attacker. */
	if (IS_ENABLED(CONFIG_ACCESS_LOGS) && event->auth.src.family &&
	    access_is_proxy(&c->streams[SETTINGS_FILES_MAX].access, &event->auth.src))
		event->auth.src = (struct addr){0};
	c->events++;
	struct now when = core_when(c, input, event);
	/*
	 * Traces are joined in the order in which they are read, so the stamps must not decide: a clock may be set
	 * between.
	 */
	struct attempt_trace trace = {
		&event->auth, event->count, input->source, is_vouched(input, event), when.mono_us != c->now.mono_us,
		c->now};
	enum attempt_verdict verdict = attempt_feed(&c->attempts, &trace, &attempt);

	if (verdict != ATTEMPT_NONE || attempt.cancelled)
		core_touch(c, CORE_LATER);
	/* The src that an earlier line of the connection named is the src of this one, too. */
	if (verdict == ATTEMPT_COUNTED)
		event->auth.src = attempt.src;
	if (verdict == ATTEMPT_COUNTED && attempt.class == ATTEMPT_SUCCESS)
		response_welcome(&c->response, &attempt.src, when);
	core_incidents_feed(c, &(struct incident_input){
				       .event = event,
				       .attempt = &attempt,
				       .verdict = verdict,
				       .when = when,
				       .place = {input->source, input->place.inode, input->place.offset},
			       });
	if (verdict != ATTEMPT_AGAIN && verdict != ATTEMPT_REFUSED && event->auth.outcome != AUTH_INFO)
		core_tell_event(c, event);
}

/* Whether the pack is to judge lines, too. */
static bool judges_lines(const struct core *c)
{
	return IS_ENABLED(CONFIG_RULES_SIGMA) && c->rules.detect && detect_reads_lines(c->rules.detect);
}

void core_line(struct core *c, const struct input *input)
{
	struct event event;

	if (input->bytes.len > 0) {
		c->lines++;
		core_heard_line(c, input->source);
	}
	unsigned slot = core_slot(input->source);

	if (slot < CORE_PLACES && input->place.inode) {
		c->places[slot] = input->place;
		c->placed[slot] = true;
	}
	core_touch(c, CORE_AT_LEISURE);
	if (judges_lines(c))
		judge_line(c, input);
	if (decode(c, input, &event))
		take(c, input, &event);
}

void core_event(void *core, const struct event *event)
{
	struct core *c = core;
	struct event whole;

	/* Whose module it is, the sensor of processes knows; it comes seldom. */
	if (event->kind == EVENT_MODULE) {
		whole = *event;
		core_sensors_complete(c, &whole);
		event = &whole;
	}
	c->events++;
	core_incidents_feed(c, &(struct incident_input){.event = event, .when = c->now});
	core_tell_event(c, event);
}

void core_given(struct core *c, const struct input *input, const struct event *event)
{
	struct input line = *input;
	struct event own = *event;

	line.bytes = event->line;
	if (judges_lines(c))
		judge_line(c, &line);
	if (event->kind == EVENT_AUTH)
		take(c, input, &own);
	else
		core_event(c, event);
}
