/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/common/packet_log.h"

#include "agent/base/addr.h"
#include "agent/event/connection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>

/* The header of IPv4 with its protocol and the 16 bits of fragments; of IPv6 with the next header. */
#define V4(protocol, high, low) 0x45, 0, 0, 60, 0, 1, high, low, 64, protocol, 0, 0, 198, 51, 100, 11, 192, 0, 2, 10
#define V6(next)                                                                                                   \
	0x60, 0, 0, 0, 0, 40, next, 64, 0x20, 1, 0x0d, 0xb8, 0x0b, 0xad, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x13, 0x20, 1, \
		0x0d, 0xb8, 0, 0x0d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10
#define PORTS 0x9c, 0x40, 0, 23
#define EIGHT(next) next, 0, 0, 0, 0, 0, 0, 0 /* an extension header of 8 bytes */

static struct packet_sample sample;

/* Read `len` bytes of a packet as the kernel logs it; each byte behind them is out of bounds. */
static bool read_packet(const uint8_t *packet, size_t len, uint16_t type)
{
	uint8_t bytes[512], *own;
	struct netlink_out o = netlink_over(bytes, sizeof(bytes));
	struct nfgenmsg header = {0};
	struct netlink_message m;
	struct view datagram;
	bool read;

	netlink_begin(&o, type, 0);
	netlink_header(&o, &header, sizeof(header));
	netlink_bytes(&o, NFULA_PAYLOAD, packet, len);
	assert_int_equal(netlink_check(&o), ERR_OK);
	own = malloc(o.len);
	memcpy(own, bytes, o.len);
	datagram = view_over(own, o.len);
	assert_true(netlink_next(&datagram, &m));
	read = packet_log_read(&m, &sample);
	free(own);
	return read;
}

#define LOGGED (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET)
#define READ(packet) read_packet(packet, sizeof(packet), LOGGED)

static void ends_are(const char *remote, const char *local)
{
	struct addr from = addr_from_bytes(sample.family, sample.remote),
		    to = addr_from_bytes(sample.family, sample.local);
	char text[ADDR_TEXT_MAX];

	assert_string_equal(addr_text(&from, text), remote);
	assert_string_equal(addr_text(&to, text), local);
	assert_int_equal(sample.remote_port, 40000);
	assert_int_equal(sample.local_port, 23);
}

static void packets_of_both_families_are_read(void **unused)
{
	static const uint8_t tcp4[] = {V4(6, 0x40, 0), PORTS}, udp6[] = {V6(17), PORTS};

	(void)unused;
	assert_true(READ(tcp4));
	assert_int_equal(sample.protocol, CONNECTION_TCP);
	ends_are("198.51.100.11", "192.0.2.10");
	assert_true(READ(udp6));
	assert_int_equal(sample.protocol, CONNECTION_UDP);
	ends_are("2001:db8:bad::13", "2001:db8:d::10");
}

static void options_and_extensions_are_passed_over(void **unused)
{
	static const uint8_t options[] = {0x47, 0,   0, 60, 0,	1, 0, 0, 64, 6, 0, 0, 198, 51,	 100,
					  11,	192, 0, 2,  10, 1, 1, 1, 1,  1, 1, 1, 1,   PORTS};
	static const uint8_t extensions[] = {V6(0), EIGHT(60), EIGHT(44), EIGHT(51), 6, 1, 0, 0,    0,
					     0,	    0,	       0,	  0,	     0, 0, 0, PORTS};

	(void)unused;
	assert_true(READ(options));
	ends_are("198.51.100.11", "192.0.2.10");
	assert_true(READ(extensions));
	ends_are("2001:db8:bad::13", "2001:db8:d::10");
}

static void what_has_no_ports_is_nothing(void **unused)
{
	static const uint8_t icmp[] = {V4(1, 0, 0), PORTS}, later4[] = {V4(6, 0, 100), PORTS};
	static const uint8_t later6[] = {V6(44), 6, 0, 0, 8, 0, 0, 0, 9, PORTS},
			     short_header[] = {0x44, 0, 0, 60, 0, 1, 0, 0, 64, 6, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, PORTS};
	static const uint8_t chain[] = {V6(0),	  EIGHT(0), EIGHT(0), EIGHT(0), EIGHT(0), EIGHT(0),
					EIGHT(0), EIGHT(0), EIGHT(0), EIGHT(6), PORTS};
	static const uint8_t other[] = {0x50, PORTS};

	(void)unused;
	assert_false(READ(icmp));
	assert_false(READ(later4));
	assert_false(READ(later6));
	assert_false(READ(short_header));
	assert_false(READ(chain));
	assert_false(READ(other));
}

static void a_packet_that_is_cut_is_nothing(void **unused)
{
	static const uint8_t tcp4[] = {V4(6, 0, 0), PORTS}, extension[] = {V6(0), EIGHT(6), PORTS};

	(void)unused;
	for (size_t len = 0; len < sizeof(tcp4); len++)
		assert_false(read_packet(tcp4, len, LOGGED));
	for (size_t len = 0; len < sizeof(extension); len++)
		assert_false(read_packet(extension, len, LOGGED));
	assert_false(read_packet(tcp4, sizeof(tcp4), NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG));
	assert_false(read_packet(tcp4, sizeof(tcp4), NFULNL_MSG_PACKET));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_of_both_families_are_read),
		cmocka_unit_test(options_and_extensions_are_passed_over),
		cmocka_unit_test(what_has_no_ports_is_nothing),
		cmocka_unit_test(a_packet_that_is_cut_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
