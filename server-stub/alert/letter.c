/* SPDX-License-Identifier: Apache-2.0 */
/* One row for each kind of output. A body that has no room for all lines shows fewer, and says how many there are. */
#include "server-stub/alert/letter.h"

#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/base/json.h"
#include "agent/base/now.h"
#include "agent/base/require.h"
#include "agent/base/severity.h"
#include "server-stub/alert/letter_mail.h"

#include <mbedtls/md.h>

#include <stdio.h>
#include <string.h>

#define SENTENCES_MAX 24576

static const char *change_name(unsigned change)
{
	return change == CHANGE_OPENED ? "opened" : change == CHANGE_WORSE ? "worse" : "closed";
}

void letter_line(struct letter_line *out, const struct views_incident *i, const char *name, const char *group)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->id, i->id, STORE_ID);
	memcpy(out->device, i->device, STORE_ID);
	out->severity = i->severity;
	out->is_open = i->state == INCIDENT_OPEN;
	out->count = i->count;
	out->first_us = i->first_us;
	out->last_us = i->last_us;
	str_show(str_from(i->title[0] ? i->title : i->rule_id), out->title, sizeof(out->title));
	str_show(str_from(i->rule_id), out->rule, sizeof(out->rule));
	str_show(str_from(name), out->name, sizeof(out->name));
	str_show(str_from(group), out->group, sizeof(out->group));
	str_show(str_from(i->src), out->src, sizeof(out->src));
	str_show(str_from(i->user), out->user, sizeof(out->user));
}

/* -- in words -- */

static void put_headline(struct buf *b, const struct letter *l)
{
	if (l->is_test)
		buf_text(b, "Caltrop: a test of this output");
	else if (l->count == 1 && l->line_count == 1)
		buf_printf(b, "Caltrop: %s, %s on %s", severity_name(l->lines[0].severity), l->lines[0].title,
			   l->lines[0].name);
	else
		buf_printf(b, "Caltrop: %u incidents, the highest %s", l->count, severity_name(l->highest));
}

static void put_sentence(struct buf *b, const struct letter_line *x)
{
	buf_printf(b, "%s %s: %s on %s", severity_name(x->severity), change_name(x->change), x->title, x->name);
	if (x->group[0])
		buf_printf(b, " (group %s)", x->group);
	if (x->src[0])
		buf_printf(b, ", from %s", x->src);
	if (x->user[0])
		buf_printf(b, ", user %s", x->user);
	buf_printf(b, ", %u times until ", x->count);
	clock_put_utc(b, x->last_us);
	buf_printf(b, "%s; rule %s, incident ", x->is_open || x->change == CHANGE_CLOSED ? "" : ", closed by now",
		   x->rule);
	buf_hex(b, x->id, STORE_ID);
	buf_char(b, '\n');
}

static void put_sentences(struct buf *b, const struct letter *l, unsigned lines)
{
	if (l->is_test)
		buf_text(b, "It works: incidents that fit this output will arrive here.\n");
	for (unsigned i = 0; i < lines; i++)
		put_sentence(b, &l->lines[i]);
	if (l->count > lines)
		buf_printf(b, "and %u more: caltrop incident list\n", l->count - lines);
}

/* -- the kinds -- */

static void put_time(struct json *j, const char *key, int64_t wall_us)
{
	char text[40];
	struct buf b = buf_over(text, sizeof(text));

	clock_put_utc(&b, wall_us);
	json_member(j, key, wall_us ? buf_str(&b) : STR_NONE);
}

static void put_id(struct json *j, const char *key, const uint8_t *id)
{
	json_key(j, key);
	json_hex(j, id, STORE_ID);
}

static void put_incident(struct json *j, const struct letter_line *x)
{
	json_begin_object(j);
	put_id(j, "id", x->id);
	json_member(j, "change", str_from(change_name(x->change)));
	json_member(j, "state", x->is_open ? STR("open") : STR("closed"));
	json_member(j, "severity", str_from(severity_name(x->severity)));
	json_member(j, "rule", str_from(x->rule));
	json_member(j, "title", str_from(x->title));
	put_id(j, "device", x->device);
	json_member(j, "device_name", str_from(x->name));
	json_member(j, "group", str_from(x->group));
	json_member(j, "src", str_from(x->src));
	json_member(j, "user", str_from(x->user));
	json_key(j, "count");
	json_int(j, x->count);
	put_time(j, "first", x->first_us);
	put_time(j, "last", x->last_us);
	json_end_object(j);
}

static void write_webhook(struct buf *b, const struct letter *l, unsigned lines)
{
	struct json j = json_over(b);

	json_begin_object(&j);
	json_member(&j, "type", l->is_test ? STR("test") : STR("incidents"));
	put_id(&j, "delivery", l->id);
	put_time(&j, "sent", l->wall_us);
	json_key(&j, "count");
	json_int(&j, l->count);
	json_key(&j, "incidents");
	json_begin_array(&j);
	for (unsigned i = 0; i < lines; i++)
		put_incident(&j, &l->lines[i]);
	json_end_array(&j);
	json_end_object(&j);
}

/* The whole in words, valid until the next call: one thread writes letters. `escapes`: what Slack and Mattermost take
 * for a mention or a link is written as they want it. */
static struct str words_of(const struct letter *l, unsigned lines, bool escapes)
{
	static char plain[SENTENCES_MAX], text[SENTENCES_MAX];
	struct buf b = buf_over(plain, sizeof(plain)), out = buf_over(text, sizeof(text));

	put_headline(&b, l);
	buf_char(&b, '\n');
	put_sentences(&b, l, lines);
	for (size_t i = 0; escapes && i < b.len; i++) {
		if (plain[i] == '&')
			buf_text(&out, "&amp;");
		else if (plain[i] == '<')
			buf_text(&out, "&lt;");
		else if (plain[i] == '>')
			buf_text(&out, "&gt;");
		else
			buf_char(&out, plain[i]);
	}
	return escapes ? buf_str(&out) : buf_str(&b);
}

static void write_slack(struct buf *b, const struct letter *l, unsigned lines)
{
	struct json j = json_over(b);

	json_begin_object(&j);
	json_member(&j, "text", words_of(l, lines, true));
	json_end_object(&j);
}

/* An Adaptive Card, as the workflows of Teams take it. */
static void write_teams(struct buf *b, const struct letter *l, unsigned lines)
{
	struct json j = json_over(b);

	buf_text(b, "{\"type\":\"message\",\"attachments\":[{\"contentType\":"
		    "\"application/vnd.microsoft.card.adaptive\",\"content\":{\"type\":\"AdaptiveCard\","
		    "\"version\":\"1.2\",\"body\":[{\"type\":\"TextBlock\",\"wrap\":true,\"text\":");
	json_str(&j, words_of(l, lines, false));
	buf_text(b, "}]}}]}");
}

static void write_matrix(struct buf *b, const struct letter *l, unsigned lines)
{
	struct json j = json_over(b);

	json_begin_object(&j);
	json_member(&j, "msgtype", STR("m.text"));
	json_member(&j, "body", words_of(l, lines, false));
	json_end_object(&j);
}

static void write_mail(struct buf *b, const struct letter *l, unsigned lines)
{
	letter_mail_body(b, words_of(l, lines, false));
}

/* -- what goes with them -- */

/* HMAC-SHA-256 (RFC 2104) of the time, a full stop and the body: a message that was caught cannot be sent later. */
static void seal_webhook(const struct letter *l, const struct store_output *o, struct courier_job *job)
{
	const mbedtls_md_info_t *sha256 = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
	char stamp[32];
	uint8_t mac[32];
	mbedtls_md_context_t md;
	struct buf b = buf_over(job->headers, sizeof(job->headers) - 1);

	snprintf(stamp, sizeof(stamp), "%lld", (long long)(l->wall_us / SECOND_US));
	mbedtls_md_init(&md);
	require(mbedtls_md_setup(&md, sha256, 1) == 0 &&
		mbedtls_md_hmac_starts(&md, (const unsigned char *)o->secret, strlen(o->secret)) == 0 &&
		mbedtls_md_hmac_update(&md, (const unsigned char *)stamp, strlen(stamp)) == 0 &&
		mbedtls_md_hmac_update(&md, (const unsigned char *)".", 1) == 0 &&
		mbedtls_md_hmac_update(&md, (const unsigned char *)job->body, job->len) == 0 &&
		mbedtls_md_hmac_finish(&md, mac) == 0);
	mbedtls_md_free(&md);
	buf_printf(&b, "Content-Type: application/json\nCaltrop-Delivery: ");
	buf_hex(&b, l->id, STORE_ID);
	buf_printf(&b, "\nCaltrop-Signature: t=%s,v1=", stamp);
	buf_hex(&b, mac, sizeof(mac));
	buf_char(&b, '\n');
	job->headers[b.len] = '\0';
}

static void seal_chat(const struct letter *l, const struct store_output *o, struct courier_job *job)
{
	(void)l;
	(void)o;
	snprintf(job->headers, sizeof(job->headers), "Content-Type: application/json\n");
}

/* The server keeps what was sent under one name once (Matrix client-server API, PUT .../send/{eventType}/{txnId}). */
static void seal_matrix(const struct letter *l, const struct store_output *o, struct courier_job *job)
{
	struct buf b = buf_over(job->url, sizeof(job->url) - 1);

	snprintf(job->method, sizeof(job->method), "PUT");
	buf_printf(&b, "%s/send/m.room.message/", o->url);
	buf_hex(&b, l->id, STORE_ID);
	job->url[b.len] = '\0';
	snprintf(job->headers, sizeof(job->headers), "Content-Type: application/json\nAuthorization: Bearer %s\n",
		 o->secret);
}

static void seal_mail(const struct letter *l, const struct store_output *o, struct courier_job *job)
{
	char line[512];
	struct buf b = buf_over(line, sizeof(line) - 1);

	put_headline(&b, l);
	line[b.len] = '\0';
	snprintf(job->method, sizeof(job->method), "MAIL");
	snprintf(job->user, sizeof(job->user), "%s", o->user);
	snprintf(job->secret, sizeof(job->secret), "%s", o->user[0] ? o->secret : "");
	snprintf(job->sender, sizeof(job->sender), "%s", o->sender);
	snprintf(job->receivers, sizeof(job->receivers), "%s", o->receivers);
	letter_mail_head(&(struct letter_mail){o->sender, o->receivers, line, l->wall_us, l->id}, job);
}

static const struct row {
	const char *kind, *schemes; /* words */
	bool has_secret;	    /* it must have one */
	void (*write)(struct buf *b, const struct letter *l, unsigned lines);
	void (*seal)(const struct letter *l, const struct store_output *o, struct courier_job *job);
} rows[] = {
	{"mail", "smtps:// smtp://", false, write_mail, seal_mail},
	{"webhook", "https://", true, write_webhook, seal_webhook},
	{"slack", "https://", false, write_slack, seal_chat}, /* Mattermost, Rocket.Chat, Discord's /slack */
	{"teams", "https://", false, write_teams, seal_chat},
	{"matrix", "https://", true, write_matrix, seal_matrix},
};

static const struct row *row_of(const char *kind)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].kind, kind) == 0)
			return &rows[i];
	return NULL;
}

void letter_write(const struct letter *l, const struct store_output *o, struct courier_job *out)
{
	const struct row *row = row_of(o->kind);
	unsigned lines = l->line_count;
	uint32_t number = out->number;
	struct buf b;

	require(row);
	memset(out, 0, sizeof(*out));
	out->number = number;
	snprintf(out->method, sizeof(out->method), "POST");
	snprintf(out->url, sizeof(out->url), "%s", o->url);
	for (;; lines /= 2) {
		/* A mail's head comes before its body. */
		b = buf_over(out->body, sizeof(out->body) - LETTER_MAIL_HEAD_MAX);
		row->write(&b, l, lines);
		if (!b.overflow || lines == 0)
			break;
	}
	out->len = (uint32_t)b.len;
	row->seal(l, o, out);
}

/* -- what an output may be -- */

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~' || *text == '"' || *text == '\\' || *text == '<' || *text == '>')
			return false;
	return true;
}

/* Cut the scheme off. False: it is none of these. */
static bool take_scheme(struct str *url, const char *schemes, bool *is_smtp)
{
	struct str words = str_from(schemes);

	while (words.len > 0) {
		struct str scheme = str_cut(&words, ' ');

		*is_smtp = str_equal(scheme, STR("smtp://"));
		if (str_take(url, scheme))
			return true;
	}
	return false;
}

static const char *wrong_url(const struct store_output *o, const struct row *row, uint16_t *port)
{
	struct str rest = str_from(o->url), host;
	bool is_mail = strcmp(row->kind, "mail") == 0, is_smtp = false;
	size_t colon;
	uint64_t number;

	if (!is_printable(o->url) || !take_scheme(&rest, row->schemes, &is_smtp))
		return is_mail ? "url has to be smtps://HOST or smtp://HOST[:PORT] (which then must offer STARTTLS)"
			       : "url has to be https://HOST[:PORT]/PATH";
	host = str_cut(&rest, '/');
	if (str_find_byte(host, '@') != SIZE_MAX)
		return "url must not have a name or password in it";
	colon = str_find_back(host, STR(":"));
	*port = is_mail ? (is_smtp ? 25 : 465) : 443;
	if (str_find_byte(host, ']') != SIZE_MAX && colon != SIZE_MAX && colon < str_find_byte(host, ']'))
		colon = SIZE_MAX;
	if (colon != SIZE_MAX) {
		if (str_number(str_sub(host, colon + 1, SIZE_MAX), UINT16_MAX, &number) != ERR_OK || number == 0)
			return "url has a port that is none";
		*port = (uint16_t)number;
		host = str_sub(host, 0, colon);
	}
	return str_empty(host) ? "url has no host" : NULL;
}

const char *letter_wrong(const struct store_output *o, uint16_t *port)
{
	const struct row *row = row_of(o->kind);
	const char *wrong;

	if (!row)
		return "kind is mail, webhook, slack, teams or matrix";
	wrong = wrong_url(o, row, port);
	if (wrong)
		return wrong;
	if (row->has_secret && strlen(o->secret) < 16)
		return "secret has to have at least 16 characters";
	if (!is_printable(o->secret))
		return "secret is of printable ASCII without blanks, quotes, backslashes and angle brackets";
	if (strcmp(row->kind, "mail") == 0)
		return letter_mail_wrong(o->sender, o->receivers);
	return o->sender[0] || o->receivers[0] || o->user[0] ? "from, to and user are for mail" : NULL;
}

void letter_place(const char *url, char *out, size_t cap)
{
	struct str all = str_from(url);
	size_t begin = str_find(all, STR("://"));
	struct str rest = str_sub(all, begin == SIZE_MAX ? 0 : begin + 3, SIZE_MAX);
	struct str host = str_cut(&rest, '/');

	str_show((struct str){all.data, (size_t)(host.data - all.data) + host.len}, out, cap);
}
