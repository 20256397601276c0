/* SPDX-License-Identifier: Apache-2.0 */
/* Dialing and shaking hands with what is no service: each end has its error and its words. */
#include "agent/cli/wire.h"

#include "agent/base/clock.h"
#include "agent/base/require.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static struct tls_conf *conf;
static struct wire wire;
static int listener;
static uint16_t port;

static int set_up(void **state)
{
	const struct tls_conf_setup setup = {.role = TLS_CLIENT, .peers = TLS_PEERS_ANYONE, .server_name = "localhost"};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	(void)state;
	memset(&wire, 0, sizeof(wire));
	wire.fd = -1;
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&address, len) != 0 || listen(listener, 1) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &len) != 0)
		return 1;
	port = ntohs(address.sin_port);
	return tls_conf_new(&setup, &conf, NULL) != ERR_OK;
}

static int tear_down(void **state)
{
	(void)state;
	wire_close(&wire);
	tls_conf_drop(conf);
	close(listener);
	return 0;
}

static void dial_says_who_is_not_there(void **state)
{
	(void)state;
	assert_int_equal(wire_dial(&wire, "no such host", port), ERR_NOT_FOUND);
	assert_true(wire.why[0]);
	close(listener);
	listener = -1;
	assert_int_equal(wire_dial(&wire, "127.0.0.1", port), ERR_CLOSED);
	assert_string_equal(wire.why, strerror(ECONNREFUSED));
	assert_int_equal(wire.fd, -1);
}

static void shake_ends_at_the_deadline(void **state)
{
	(void)state;
	wire.deadline_ms = clock_mono_ms() + 20000;
	assert_int_equal(wire_dial(&wire, "127.0.0.1", port), ERR_OK);
	/* Nobody answers, and the time is over. */
	wire.deadline_ms = 1;
	assert_int_equal(wire_shake(&wire, conf), ERR_TIMEOUT);
	assert_string_equal(wire.why, "the server does not answer");
}

static void shake_with_who_hangs_up_or_speaks_no_tls_is_refused(void **state)
{
	static const char *const answers[] = {"", "SSH-2.0-OpenSSH_9.2p1\r\n"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		char hello[1];
		int fd;

		assert_int_equal(wire_dial(&wire, "127.0.0.1", port), ERR_OK);
		fd = accept(listener, NULL, NULL);
		require(fd >= 0 && write(fd, answers[i], strlen(answers[i])) == (ssize_t)strlen(answers[i]));
		require(shutdown(fd, SHUT_WR) == 0);
		assert_int_equal(wire_shake(&wire, conf), ERR_UNTRUSTED);
		assert_true(wire.why[0]);
		assert_int_equal(read(fd, hello, 1), 1);
		wire_close(&wire);
		assert_int_equal(wire.fd, -1);
		close(fd);
	}
}

#define DIALS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIALS(dial_says_who_is_not_there),
		DIALS(shake_ends_at_the_deadline),
		DIALS(shake_with_who_hangs_up_or_speaks_no_tls_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
