/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/common/socket_diag.h"

#include "agent/event/connection.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static struct netlink_message answer(const struct inet_diag_msg *d, size_t len)
{
	return (struct netlink_message){.type = SOCK_DIAG_BY_FAMILY, .body = view_over(d, len)};
}

static void an_answer_becomes_a_sample(void **state)
{
	struct inet_diag_msg d = {.idiag_family = AF_INET6, .idiag_uid = 1000, .idiag_inode = 77};
	struct netlink_message m = answer(&d, sizeof(d));
	struct socket_sample h;
	uint32_t inode;

	(void)state;
	d.id.idiag_sport = htons(5353);
	d.id.idiag_cookie[0] = 5;
	d.id.idiag_cookie[1] = 1;
	assert_true(socket_diag_read(&m, CONNECTION_UDP, &h, &inode));
	assert_int_equal(h.kind, SOCKET_SAMPLE_LISTENS);
	assert_int_equal(h.family, 6);
	assert_int_equal(h.local_port, 5353);
	assert_int_equal(h.cookie, UINT64_C(0x100000005));
	assert_int_equal(h.uid, 1000);
	assert_int_equal(h.pid, 0);
	assert_int_equal(h.flags, SOCKET_SAMPLE_UID | SOCKET_SAMPLE_PENDING);
	assert_int_equal(inode, 77);
	assert_true(socket_diag_read(&m, CONNECTION_TCP, &h, NULL));
	assert_int_equal(h.flags, SOCKET_SAMPLE_UID);
}

static void a_privileged_port_is_no_client_s(void **state)
{
	struct inet_diag_msg d = {.idiag_family = AF_INET};
	struct netlink_message m = answer(&d, sizeof(d));
	struct socket_sample h;

	(void)state;
	d.id.idiag_sport = htons(69);
	assert_true(socket_diag_read(&m, CONNECTION_UDP, &h, NULL));
	assert_int_equal(h.flags, SOCKET_SAMPLE_UID);
	assert_int_equal(h.family, 4);
}

static void what_is_damaged_or_else_is_no_sample(void **state)
{
	struct inet_diag_msg d = {.idiag_family = AF_INET};
	struct netlink_message m = answer(&d, sizeof(d) - 1);
	struct socket_sample h;

	(void)state;
	assert_false(socket_diag_read(&m, CONNECTION_TCP, &h, NULL));
	m = answer(&d, sizeof(d));
	m.type = NLMSG_DONE;
	assert_false(socket_diag_read(&m, CONNECTION_TCP, &h, NULL));
	m = answer(&d, sizeof(d));
	d.idiag_family = AF_UNIX;
	assert_false(socket_diag_read(&m, CONNECTION_TCP, &h, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_becomes_a_sample),
		cmocka_unit_test(a_privileged_port_is_no_client_s),
		cmocka_unit_test(what_is_damaged_or_else_is_no_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
