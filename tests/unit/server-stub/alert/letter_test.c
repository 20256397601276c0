/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as the far ends read them, and what an output may not be. */
#include "agent/base/severity.h"
#include "server-stub/alert/courier_work.h"
#include "server-stub/alert/letter.h"

#include <jansson.h>
#include <mbedtls/base64.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct courier_job job;

static struct store_output output(const char *kind, const char *url, const char *secret)
{
	struct store_output o = {.name = "ops"};

	snprintf(o.kind, sizeof(o.kind), "%s", kind);
	snprintf(o.url, sizeof(o.url), "%s", url);
	snprintf(o.secret, sizeof(o.secret), "%s", secret);
	return o;
}

static struct letter letter(const char *title)
{
	static struct views_incident i;
	struct letter l = {.wall_us = 1767225600000000, .count = 1, .highest = SEV_HIGH, .line_count = 1};

	memset(&i, 0, sizeof(i));
	i.state = INCIDENT_OPEN;
	i.severity = SEV_HIGH;
	i.count = 4;
	snprintf(i.title, sizeof(i.title), "%s", title);
	letter_line(&l.lines[0], &i, "cam-7", "cameras");
	l.lines[0].change = CHANGE_OPENED;
	return l;
}

/* HMAC-SHA-256 of "1767225600." and the body by the key, made by Python's hmac module for this body. */
static void webhook_is_signed_with_its_time(void **state)
{
	struct store_output o = output("webhook", "https://hook.example/in", "0123456789abcdef");
	struct letter l = {.wall_us = 1767225600000000, .is_test = true};
	static const char body[] = "{\"type\":\"test\",\"delivery\":\"00000000000000000000000000000000\","
				   "\"sent\":\"2026-01-01T00:00:00.000000Z\",\"count\":0,\"incidents\":[]}";

	(void)state;
	letter_write(&l, &o, &job);
	assert_int_equal(job.len, strlen(body));
	assert_memory_equal(job.body, body, strlen(body));
	assert_string_equal(job.method, "POST");
	assert_non_null(strstr(job.headers,
			       "\nCaltrop-Signature: "
			       "t=1767225600,v1=4b75f9b39a8a29b43251634c8995bbada5070719aaac0d2605af3c01505d6d11\n"));
	assert_null(strstr(job.headers, o.secret));
}

static void device_cannot_mention_anybody_in_a_chat(void **state)
{
	struct store_output o = output("slack", "https://chat.example/hook", "");
	struct letter l = letter("<!channel> & <@U1>");
	json_t *body;

	(void)state;
	letter_write(&l, &o, &job);
	body = json_loadb(job.body, job.len, 0, NULL);
	assert_non_null(body);
	assert_non_null(strstr(json_string_value(json_object_get(body, "text")), "&lt;!channel&gt; &amp; &lt;@U1&gt;"));
	json_decref(body);
}

static void device_cannot_add_lines_to_a_mail(void **state)
{
	struct store_output o = output("mail", "smtps://mail.example", "");
	struct letter l = letter("x\r\nBcc: all@example.org\r\n\r\nhallo \xc3\xbc");
	size_t len;
	unsigned char text[4096];
	char *body;

	(void)state;
	snprintf(o.sender, sizeof(o.sender), "caltrop@example.org");
	snprintf(o.receivers, sizeof(o.receivers), "a@example.org b@example.org");
	letter_write(&l, &o, &job);
	job.body[job.len] = '\0';
	body = strstr(job.body, "\r\n\r\n");
	assert_non_null(body);
	*body = '\0';
	assert_null(strstr(job.body, "\nBcc"));
	assert_non_null(
		strstr(job.body, "\r\nSubject: Caltrop: high, x??Bcc: all@example.org????hallo ?? on cam-7\r\n"));
	assert_non_null(strstr(job.body, "\r\nTo: a@example.org,\r\n b@example.org\r\n"));
	assert_int_equal(
		mbedtls_base64_decode(text, sizeof(text) - 1, &len, (unsigned char *)body + 4, strlen(body + 4)), 0);
	text[len] = '\0';
	assert_non_null(strstr((char *)text, "hallo \xc3\xbc on cam-7 (group cameras)"));
	assert_string_equal(job.receivers, o.receivers);
}

static void matrix_server_keeps_a_message_once(void **state)
{
	struct store_output o = output("matrix", "https://m.example/_matrix/client/v3/rooms/!a:m.example",
				       "token-of-sixteen-characters");
	struct letter l = letter("x");

	(void)state;
	memset(l.id, 0xab, sizeof(l.id));
	letter_write(&l, &o, &job);
	assert_string_equal(job.method, "PUT");
	assert_string_equal(job.url, "https://m.example/_matrix/client/v3/rooms/!a:m.example/send/m.room.message/"
				     "abababababababababababababababab");
}

static void every_kind_has_room_for_the_worst_texts(void **state)
{
	static const char *const kinds[] = {"mail", "webhook", "slack", "teams", "matrix"};
	char title[STORE_TEXT_MAX];
	struct letter l;

	(void)state;
	memset(title, '"', sizeof(title) - 1);
	title[sizeof(title) - 1] = '\0';
	l = letter(title);
	for (unsigned i = 1; i < LETTER_LINES; i++)
		l.lines[i] = l.lines[0];
	l.line_count = LETTER_LINES;
	l.count = LETTER_COUNT;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct store_output o = output(kinds[i], "https://x.example/", "0123456789abcdef");
		json_t *body;

		snprintf(o.sender, sizeof(o.sender), "a@b.c");
		snprintf(o.receivers, sizeof(o.receivers), "a@b.c");
		letter_write(&l, &o, &job);
		assert_true(job.len > 100 && job.len < sizeof(job.body));
		if (i == 0)
			continue;
		body = json_loadb(job.body, job.len, 0, NULL);
		assert_non_null(body);
		json_decref(body);
	}
}

static void wrong_outputs_are_refused(void **state)
{
	static const struct {
		const char *kind, *url;
		unsigned port; /* 0: it is refused */
	} cases[] = {
		{"slack", "https://chat.example/hook", 443},	 {"slack", "https://chat.example:8443/hook", 8443},
		{"slack", "https://[2001:db8::1]/hook", 443},	 {"slack", "https://[2001:db8::1]:444/hook", 444},
		{"slack", "http://chat.example/hook", 0},	 {"slack", "file:///etc/passwd", 0},
		{"slack", "https://user:pass@chat.example/", 0}, {"slack", "https:///hook", 0},
		{"slack", "https://chat.example:0/", 0},	 {"slack", "https://chat.example:65536/", 0},
		{"slack", "https://chat.example/a b", 0},	 {"slack", "https://chat.example/\r\nHost: other", 0},
		{"carrier", "https://chat.example/", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct store_output o = output(cases[i].kind, cases[i].url, "");
		uint16_t port = 0;
		const char *wrong = letter_wrong(&o, &port);

		if (cases[i].port == 0)
			assert_non_null(wrong);
		else
			assert_null(wrong);
		assert_true(wrong || port == cases[i].port);
	}
}

static void mail_addresses_are_plain(void **state)
{
	static const char *const bad[] = {"",
					  "a",
					  "a@",
					  "@b",
					  "a@b c",
					  "a@b  c@d",
					  "a@b\nc@d",
					  "<a@b>",
					  "a@b@c",
					  "a,b@c",
					  "a@b\r\nRCPT TO:<x@y>"};
	struct store_output o = output("mail", "smtp://mail.example", "");
	uint16_t port;

	(void)state;
	snprintf(o.sender, sizeof(o.sender), "caltrop@example.org");
	snprintf(o.receivers, sizeof(o.receivers), "a@b c+d@e.f");
	assert_null(letter_wrong(&o, &port));
	assert_int_equal(port, 25);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(o.receivers, sizeof(o.receivers), "%s", bad[i]);
		assert_non_null(letter_wrong(&o, &port));
	}
}

static void place_tells_no_secret_of_an_address(void **state)
{
	char place[64];

	(void)state;
	letter_place("https://hooks.example:444/T0/B0/secret", place, sizeof(place));
	assert_string_equal(place, "https://hooks.example:444");
	letter_place("smtps://mail.example", place, sizeof(place));
	assert_string_equal(place, "smtps://mail.example");
}

static void courier_goes_to_public_addresses_only(void **state)
{
	static const char *const private[] = {
		"127.0.0.1", "::1",	   "10.1.2.3",	"172.31.0.1",	"192.168.1.1",	   "169.254.169.254",
		"0.0.0.0",   "100.64.0.1", "224.0.0.1", "fe80::1",	"fd00:ec2::254",   "::ffff:127.0.0.1",
		"::",	     "ff02::1",	   "240.0.0.1", "2002:7f00::1", "64:ff9b::7f00:1", "255.255.255.255",
	};
	struct courier_setup setup = {.allowed_count = 0};
	struct addr addr;

	(void)state;
	for (size_t i = 0; i < sizeof(private) / sizeof(private[0]); i++) {
		assert_int_equal(addr_parse(str_from(private[i]), &addr), ERR_OK);
		if (courier_work_reaches(&setup, &addr))
			fail_msg("%s is reached", private[i]);
	}
	assert_int_equal(addr_parse(STR("9.9.9.9"), &addr), ERR_OK);
	assert_true(courier_work_reaches(&setup, &addr));
	assert_int_equal(addr_parse(STR("2620:fe::fe"), &addr), ERR_OK);
	assert_true(courier_work_reaches(&setup, &addr));
	setup.allowed_count = 1;
	assert_int_equal(addr_parse_prefix(STR("10.1.0.0/16"), &setup.allowed[0]), ERR_OK);
	assert_int_equal(addr_parse(STR("10.1.2.3"), &addr), ERR_OK);
	assert_true(courier_work_reaches(&setup, &addr));
	assert_int_equal(addr_parse(STR("10.2.2.3"), &addr), ERR_OK);
	assert_false(courier_work_reaches(&setup, &addr));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(webhook_is_signed_with_its_time),
		cmocka_unit_test(device_cannot_mention_anybody_in_a_chat),
		cmocka_unit_test(device_cannot_add_lines_to_a_mail),
		cmocka_unit_test(matrix_server_keeps_a_message_once),
		cmocka_unit_test(every_kind_has_room_for_the_worst_texts),
		cmocka_unit_test(wrong_outputs_are_refused),
		cmocka_unit_test(mail_addresses_are_plain),
		cmocka_unit_test(place_tells_no_secret_of_an_address),
		cmocka_unit_test(courier_goes_to_public_addresses_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
