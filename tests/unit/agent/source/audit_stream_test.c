/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/source/audit_stream.h"

#include <linux/netlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static size_t message(uint16_t type, const char *text, size_t len, char out[512])
{
	struct nlmsghdr header = {.nlmsg_type = type, .nlmsg_len = (uint32_t)len};

	memcpy(out, &header, sizeof(header));
	memcpy(out + NLMSG_HDRLEN, text, len);
	return NLMSG_HDRLEN + len;
}

static void authentication_records_become_auditd_text(void **state)
{
	static const char text[] = "audit(1364481363.243:24287): pid=3280 uid=0 msg='op=PAM:authentication'\n";
	char bytes[512], line[512];
	struct buf b = buf_over(line, sizeof(line));

	(void)state;
	/* With its NUL, as the kernel sends it. */
	assert_true(audit_stream_text(bytes, message(1100, text, sizeof(text), bytes), &b));
	assert_true(str_equal(buf_str(&b), STR("type=USER_AUTH msg=audit(1364481363.243:24287): pid=3280 uid=0 "
					       "msg='op=PAM:authentication'")));
}

static void other_records_are_passed_over(void **state)
{
	char bytes[512], line[512];
	struct buf b = buf_over(line, sizeof(line));

	(void)state;
	assert_false(audit_stream_text(bytes, message(1300, "x", 1, bytes), &b));
	assert_false(audit_stream_text(bytes, message(0, "x", 1, bytes), &b));
}

static void short_messages_are_passed_over(void **state)
{
	char bytes[512], line[512];
	struct buf b = buf_over(line, sizeof(line));
	size_t len = message(1100, "", 0, bytes);

	(void)state;
	for (size_t i = 0; i < len; i++)
		assert_false(audit_stream_text(bytes, i, &b));
	assert_true(audit_stream_text(bytes, len, &b));
}

static void text_that_does_not_fit_is_passed_over(void **state)
{
	char bytes[512], line[16];
	struct buf b = buf_over(line, sizeof(line));

	(void)state;
	assert_false(audit_stream_text(bytes, message(1112, "audit(1:2): something", 21, bytes), &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(authentication_records_become_auditd_text),
		cmocka_unit_test(other_records_are_passed_over),
		cmocka_unit_test(short_messages_are_passed_over),
		cmocka_unit_test(text_that_does_not_fit_is_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
