/* SPDX-License-Identifier: Apache-2.0 */
/* Finds out who writes a source's messages without a name, and gives them to that one's decoder. */
#include "agent/sensors/log/stream.h"

#include "agent/base/hash.h"
#include "agent/sensors/log/http.h"
#include "agent/sensors/log/lines.h"
#include "agent/sensors/log/stamp.h"
#include "agent/sensors/log/stamp_other.h"
#include "agent/sensors/log/syslog.h"
#include "agent/sensors/log/unwrap.h"

_Static_assert(ENTRY_TEXT_MAX <= REPEAT_LINE_MAX, "an entry's message must fit where it is kept");

#define MISFIT 8	   /* what a line without the declared format weighs; one that has it weighs 1 */
#define MISFIT_MAX (8 * 8) /* the file does not have it */
#define PROOF 32	   /* lines with it in a row, from which on it is shown that the file has it */

static bool starts_with_any(struct str message, const struct str *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_starts(message, texts[i]))
			return true;
	return false;
}

/* What sshd says of itself, which no decoder needs. */
static bool is_chatter(struct str message)
{
	static const struct str texts[] = {
		STR("Server listening on "),
		STR("Received SIG"),
		STR("Received signal "),
		STR("Starting session: "),
		STR("User child is on pid "),
		STR("debug1: "),
		STR("debug2: "),
		STR("debug3: "),
		STR("Close session: "),
		STR("subsystem request for "),
		STR("error: Could not load host"),
		STR("Missing privilege separation directory: "),
		STR("Changed root directory to "),
		STR("Authentication refused: bad "),
		STR("Exiting on signal "),
		STR("/etc/ssh/sshd_config"),
	};

	return starts_with_any(message, texts, sizeof(texts) / sizeof(texts[0]));
}

/* What says nothing about who writes: how services, containers and web servers begin, and what the last write besides.
 */
static bool is_neutral(struct str message)
{
	static const struct str texts[] = {
		STR("/docker-entrypoint"), STR("AH0"),	      STR("time=\""),	STR("type="),	 STR("{"),
		STR("ssh-keygen: "),	   STR("-- "),	      STR("Starting "), STR("Started "), STR("Stopping "),
		STR("Stopped "),	   STR("Reloading "),
	};
	size_t script = str_find(message, STR(".sh: "));

	if (starts_with_any(message, texts, sizeof(texts) / sizeof(texts[0])) || http_has_form(message))
		return true;
	if (script < 64 && str_find_byte(str_sub(message, 0, script), ' ') == SIZE_MAX)
		return true;
	/* "2026/11/22 10:00:00 [notice] ..." of nginx, "[Sun Nov 22 10:00:00.123456 2026] ..." of Apache */
	return message.len > 30 && ((message.data[4] == '/' && message.data[7] == '/' && message.data[20] == '[') ||
				    (message.data[0] == '[' && stamp_length(str_sub(message, 1, SIZE_MAX)) > 0));
}

static enum access_reading read_access(const struct access_log *access, struct str line, struct event *out)
{
	if (!IS_ENABLED(CONFIG_ACCESS_LOGS))
		return ACCESS_NOTHING;
	sensor_prepare(line, out);
	enum access_reading reading = access_decode(access, line, out);

	if (reading == ACCESS_EVENT)
		sensor_finish(out);
	return reading;
}

/* Count a line of a log that has shown to have its format. Clients may make odd lines, but only lines in a row count.
 */
static void weigh_proven(struct stream_fit *f, bool strange)
{
	f->odd = (uint8_t)(strange ? f->odd + (f->odd < MISFIT_MAX) : 0);
}

/* Count a line of a log of which that is not known yet. */
static void weigh(struct stream_fit *f, bool strange)
{
	if (strange)
		f->odd += MISFIT;
	else if (f->odd > 0)
		f->odd--;
	f->proven = f->even == PROOF && f->odd == 0;
}

/*
 * A line of a log whose format was declared. While nothing shows that the log has it, no line is believed after one
 * that does not. Where that has been shown, odd lines set it aside only until it shows it again.
 */
static bool decode_access(struct stream *s, struct str line, struct event *out)
{
	struct stream_fit *f = &s->fit;

	if (s->trouble && !f->proven)
		return false;
	enum access_reading reading = read_access(&s->access, line, out);
	bool strange = reading == ACCESS_STRANGE;

	f->even = (uint8_t)(strange ? 0 : f->even + (f->even < PROOF));
	if (f->proven)
		weigh_proven(f, strange);
	else
		weigh(f, strange);
	if (f->odd >= MISFIT_MAX)
		s->trouble = STREAM_CONTRADICTED;
	else if (f->even == PROOF)
		s->trouble = STREAM_READABLE;
	return reading == ACCESS_EVENT && !s->trouble && (f->proven || f->odd == 0);
}

/* Count the failures of a web server's log whose address is proven, and those where it is not, which ban nobody. */
static void weigh_proof(struct stream *s, const struct auth_event *a)
{
	if (a->request.len == 0 || (a->outcome != AUTH_FAILURE && a->outcome != AUTH_PROBE))
		return;
	if (a->src.family == 0)
		s->unproven += s->unproven < STREAM_UNPROVEN_MIN;
	else
		s->unproven -= s->unproven > 0;
	if (s->unproven == STREAM_UNPROVEN_MIN && s->trouble == STREAM_READABLE)
		s->trouble = STREAM_UNPROVEN;
	if (s->unproven == 0 && s->trouble == STREAM_UNPROVEN)
		s->trouble = STREAM_READABLE;
}

/* What was read without a declared format: true if it may be used. */
static bool may_be_used(struct stream *s, struct event *out)
{
	if (out->auth.request.len && out->auth.src.family == 0 && http_is_doubtful(out->line))
		s->trouble = STREAM_DOUBTFUL;
	if (out->auth.request.len && s->trouble == STREAM_DOUBTFUL)
		return false;
	weigh_proof(s, &out->auth);
	if (IS_ENABLED(CONFIG_ACCESS_LOGS) && out->auth.request.len && access_is_proxy(&s->access, &out->auth.src))
		out->auth.src = (struct addr){0};
	return true;
}

static bool as_sshd(const struct sensor_line *l, struct event *out)
{
	struct sensor_line named = *l;

	named.program = STR("sshd");
	return sensor_decode_named(&named, out);
}

/* The text inside of a wrapping as a log line of its own, with its own name. */
static bool as_line(const struct sensor_line *l, struct event *out)
{
	static const struct access_log none;

	if (!sensor_decode(l->message, out) &&
	    (!str_starts(l->message, STR("{")) || read_access(&none, l->message, out) != ACCESS_EVENT))
		return false;
	out->line = l->line;
	if (out->stamp_us == 0)
		out->stamp_us = l->stamp_us;
	return true;
}

/*
 * Who writes messages without a name: the first that is not neutral tells. What comes behind one that is not known, a
 * client may have chosen.
 */
static bool learn(struct stream_found *f, const struct sensor_line *l, bool wrapped, struct event *out)
{
	if (wrapped && as_line(l, out)) {
		f->writer = STREAM_NAMED;
		return true;
	}
	if (as_sshd(l, out)) {
		f->writer = STREAM_SSHD;
		return true;
	}
	if (is_chatter(l->message))
		f->writer = STREAM_SSHD;
	else if (!is_neutral(l->message))
		f->writer = STREAM_STRANGER;
	return false;
}

static bool decode_nameless(struct stream_found *f, const struct sensor_line *l, bool wrapped, struct event *out)
{
	switch ((enum stream_writer)f->writer) {
	case STREAM_UNKNOWN: return learn(f, l, wrapped, out);
	case STREAM_NAMED: return wrapped && as_line(l, out);
	case STREAM_SSHD: return as_sshd(l, out);
	default: return false;
	}
}

/* "STAMP MESSAGE", or a message alone. */
static bool decode_bare(struct stream *s, struct str line, struct event *out)
{
	size_t len = stamp_length(line);
	struct sensor_line l = {.line = line, .stamp = str_sub(line, 0, len), .message = str_sub(line, len, SIZE_MAX)};

	if (s->found[0].writer == STREAM_UNKNOWN && entry_is_part(line))
		return false;
	l.stamp_us = stamp_us(l.stamp);
	l.message = str_trim(l.message);
	return l.message.len > 0 && decode_nameless(&s->found[0], &l, false, out);
}

/* A container's place; NULL: there are too many. */
static struct stream_found *found_of(struct stream *s, struct str id)
{
	uint32_t container = hash_crc32c(0, id.data, id.len) | 1;

	for (unsigned i = 1; i < STREAM_WRITERS; i++) {
		struct stream_found *f = &s->found[i];

		if (f->container == 0)
			f->container = container;
		if (f->container == container)
			return f;
	}
	return NULL;
}

static bool decode_container(struct stream *s, struct str line, struct event *out)
{
	struct sensor_line l = {.line = line};

	if (!syslog_frame(line, &l) || l.message.len == 0)
		return false;
	l.stamp_us = stamp_us(l.stamp);
	struct stream_found *f = found_of(s, l.program);

	l.pid = 0; /* of the engine's client, for all lines the same */
	if (!f)
		return false;
	/* The engine makes two messages of one that is too long, and the client chose where the second begins. */
	bool inside = f->unfinished;

	f->unfinished = l.message.len >= SENSOR_CUT_MESSAGE_MIN;
	return !inside && decode_nameless(f, &l, true, out);
}

static bool decode_wrapped(struct stream *s, const struct sensor_line *l, struct event *out)
{
	struct sensor_line named = *l;

	return l->program.len ? sensor_decode_named(&named, out) : decode_nameless(&s->found[0], l, true, out);
}

/*
 * A line of syslog whose stamp is of another form. An application's log may look so, too: unless it is declared, the
 * first line has to show it, by a process number.
 */
static bool read_other(struct stream *s, struct str line, struct sensor_line *l)
{
	struct stamp_other stamp;

	if (s->stamps == 0 && s->format == STREAM_AUTO && s->found[0].writer != STREAM_UNKNOWN)
		return false;
	if (!stamp_other_read(line, &stamp) || !syslog_behind(line, stamp.len, l))
		return false;
	if (s->stamps == 0 && (s->format == STREAM_SYSLOG || (s->found[0].writer == STREAM_UNKNOWN && l->pid))) {
		s->stamps = stamp.form;
		s->found[0].writer = STREAM_NOBODY;
	}
	l->stamp_us = stamp.us;
	return s->stamps == stamp.form;
}

/* A line of a declared syslog. False: it is of another form. */
static bool decode_syslog(struct stream *s, struct str line, bool *found, struct event *out)
{
	struct sensor_line l;

	*found = repeat_read(&s->repeat, line, out) == SENSOR_EVENT;
	if (syslog_frame(line, &l) || syslog_last_repeated(line) > 0)
		return true;
	if (!read_other(s, line, &l))
		return *found = false;
	*found = sensor_decode_named(&l, out);
	return true;
}

/* Whether a line could be a message alone, or behind a stamp. */
static bool is_nameless(struct str line)
{
	struct sensor_line l;
	uint8_t unfinished = 0;

	return !syslog_frame(line, &l) && unwrap(line, &unfinished, &l) == UNWRAP_NONE;
}

bool stream_has_entries(const struct stream *s)
{
	return s->format == STREAM_VERBOSE || s->format == STREAM_PRETTY || s->format == STREAM_EXPORT;
}

static bool wraps(enum stream_format format)
{
	return format == STREAM_JSON || format == STREAM_CRI;
}

static bool decode_entry(struct stream *s, struct str line, struct event *out)
{
	enum entry_reading (*read)(struct entry *, char *, struct str, struct sensor_line *) =
		s->format == STREAM_VERBOSE  ? entry_verbose
		: s->format == STREAM_PRETTY ? entry_pretty
					     : entry_export;
	struct sensor_line l;
	enum entry_reading reading = read(&s->entry, s->repeat.line, line, &l);

	if (reading == ENTRY_ALIEN)
		s->contradicted += s->contradicted < STREAM_CONTRADICTIONS_MAX;
	else
		s->contradicted = 0;
	return reading == ENTRY_WHOLE && sensor_decode_named(&l, out);
}

/* A line of another form than the declared one says nothing, whatever it looks like. */
static bool decode_declared(struct stream *s, struct str line, struct event *out)
{
	enum stream_format format = (enum stream_format)s->format;
	enum unwrap_reading reading = UNWRAP_NONE;
	bool found = false, fits;
	struct sensor_line l;

	if (stream_has_entries(s))
		return decode_entry(s, line, out);
	if (line.len == 0)
		return false;
	if (wraps(format) && unwrap_is_json(line) == (format == STREAM_JSON))
		reading = unwrap(line, &s->unfinished, &l);
	if (format == STREAM_SYSLOG)
		fits = decode_syslog(s, line, &found, out);
	else
		fits = wraps(format) ? reading != UNWRAP_NONE : is_nameless(line);
	if (!fits) {
		s->contradicted += s->contradicted < STREAM_CONTRADICTIONS_MAX;
		return false;
	}
	s->contradicted = 0;
	if (format == STREAM_SYSLOG)
		return found;
	if (wraps(format))
		return reading == UNWRAP_WHOLE && decode_wrapped(s, &l, out);
	s->found[0].writer = STREAM_SSHD;
	return decode_bare(s, line, out);
}

/* An object that wraps no line. A log that has nothing else is told of, unless one is known. */
static bool decode_object(struct stream *s, struct str line, struct event *out)
{
	enum access_reading reading = line.data[0] == '{' ? read_access(&s->access, line, out) : ACCESS_STRANGE;

	if (reading != ACCESS_STRANGE)
		s->others = 0;
	else if (s->others < STREAM_OTHERS_MIN)
		s->others++;
	if (s->others == STREAM_OTHERS_MIN && s->trouble == STREAM_READABLE)
		s->trouble = STREAM_OTHER_JSON;
	if (s->others == 0 && s->trouble == STREAM_OTHER_JSON)
		s->trouble = STREAM_READABLE;
	return reading == ACCESS_EVENT;
}

/* A line without a name or a known form. */
static bool decode_strange(struct stream *s, struct str line, struct event *out)
{
	struct sensor_line l;

	if (http_is_doubtful(line)) {
		s->trouble = STREAM_DOUBTFUL;
		return false;
	}
	if (read_other(s, line, &l))
		return sensor_decode_named(&l, out);
	switch (unwrap(line, &s->unfinished, &l)) {
	case UNWRAP_WHOLE: return decode_wrapped(s, &l, out);
	case UNWRAP_PART: return false;
	default: break;
	}
	return unwrap_is_json(line) ? decode_object(s, line, out) : decode_bare(s, line, out);
}

/* A line was too long. What is behind it may be the rest of a message, and repeats nothing that was read. */
static bool note_lost(struct stream *s, struct str line, struct event *out)
{
	s->unfinished = UNWRAP_BOTH;
	s->repeat.len = 0;
	return s->format == STREAM_EXPORT && decode_entry(s, line, out);
}

/* Where one line has a name, one without a name is not from where it says, and the first may be a part of one. */
static void note_named(struct stream *s)
{
	struct stream_found *f = &s->found[0];

	if (f->writer == STREAM_UNKNOWN || f->writer == STREAM_STRANGER)
		f->writer = STREAM_NOBODY;
	if (s->trouble == STREAM_NAMELESS)
		s->trouble = STREAM_READABLE;
}

/* Whether the first line that says anything is how an entry of several lines begins. */
static void find_format(struct stream *s, struct str line)
{
	static const uint8_t formats[] = {
		[ENTRY_VERBOSE] = STREAM_VERBOSE, [ENTRY_PRETTY] = STREAM_PRETTY, [ENTRY_EXPORT] = STREAM_EXPORT};
	enum entry_form form = entry_form_of(line);

	if (form == ENTRY_NONE)
		return;
	s->format = formats[form];
	s->found_format = true;
}

bool stream_decode(struct stream *s, struct str line, struct event *out)
{
	if (lines_is_lost(line))
		return note_lost(s, line, out);
	if (s->access.format)
		return decode_access(s, line, out);
	if (s->format == STREAM_AUTO && s->found[0].writer == STREAM_UNKNOWN)
		find_format(s, line);
	if (s->format != STREAM_AUTO)
		return decode_declared(s, line, out) && may_be_used(s, out);
	enum sensor_reading reading = repeat_read(&s->repeat, line, out);

	if (reading != SENSOR_STRANGE)
		note_named(s);
	if (reading == SENSOR_NAMELESS)
		return decode_container(s, line, out);
	if (reading == SENSOR_EVENT)
		return may_be_used(s, out);
	if (reading != SENSOR_STRANGE || line.len < 16)
		return false;
	bool found = decode_strange(s, line, out) && may_be_used(s, out);

	if (s->trouble == STREAM_READABLE && s->found[0].writer == STREAM_STRANGER)
		s->trouble = STREAM_NAMELESS;
	return found;
}

bool stream_knows(const struct stream *s, struct str line)
{
	struct stamp_other stamp;
	struct sensor_line l;
	struct event event;
	uint8_t unfinished = 0;

	if (line.len == 0 || lines_is_lost(line))
		return false;
	if (s->access.format)
		return read_access(&s->access, line, &event) != ACCESS_STRANGE;
	if (s->format != STREAM_AUTO)
		return s->contradicted == 0;
	if (syslog_frame(line, &l) || syslog_last_repeated(line) > 0 || s->found[0].writer == STREAM_SSHD)
		return true;
	if (unwrap(line, &unfinished, &l) != UNWRAP_NONE)
		return true;
	if (s->stamps)
		return stamp_other_read(line, &stamp) && stamp.form == s->stamps;
	if (line.data[0] == '{')
		return read_access(&s->access, line, &event) != ACCESS_STRANGE;
	return line.len >= 16 && is_neutral(line);
}
