/* SPDX-License-Identifier: Apache-2.0 */
/* Which connections an isolation passes, and which filters are none. Pure; the kernel is isolate_ns_test.c's. */
#include "agent/actor/sys/isolate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define GUARD 12345
#define SERVICE_PORT 8443

static struct addr nets[1], service[1], resolvers[1];
static struct isolate_filter filter;
static struct nft nft;

static struct addr addr_of(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_prefix(str_from(text), &a), ERR_OK);
	return a;
}

static int set_up(void **state)
{
	(void)state;
	nets[0] = addr_of("192.0.2.0/24");
	service[0] = addr_of("198.51.100.5");
	resolvers[0] = addr_of("203.0.113.53");
	filter = (struct isolate_filter){.nets = nets,
					 .net_count = 1,
					 .service = service,
					 .service_count = 1,
					 .service_port = SERVICE_PORT,
					 .resolvers = resolvers,
					 .resolver_count = 1,
					 .guard_uid = GUARD};
	nft.socket.fd = nft.watch_fd = -1;
	return 0;
}

static bool passes(const char *text, uint16_t port, uid_t uid)
{
	const struct isolate_peer peer = {addr_of(text), port, uid};

	return isolate_passes(&filter, &peer);
}

static void named_networks_pass_on_every_port(void **state)
{
	(void)state;
	assert_true(passes("192.0.2.77", 22, 0) && passes("192.0.2.1", 53, 1000));
	assert_false(passes("192.0.3.77", 22, 0));
	filter.net_count = 0;
	assert_false(passes("192.0.2.77", 22, 0));
}

static void the_service_passes_on_its_port_only(void **state)
{
	(void)state;
	assert_true(passes("198.51.100.5", SERVICE_PORT, GUARD));
	assert_false(passes("198.51.100.5", 22, GUARD));
	assert_false(passes("198.51.100.6", SERVICE_PORT, GUARD));
}

static void resolvers_pass_for_the_guard_and_with_dns_for_all(void **state)
{
	(void)state;
	assert_true(passes("203.0.113.53", 53, GUARD));
	assert_false(passes("203.0.113.53", 53, 1000));
	assert_false(passes("203.0.113.53", 853, GUARD));
	assert_false(passes("203.0.113.54", 53, GUARD));
	filter.dns = true;
	assert_true(passes("203.0.113.53", 53, 1000));
	assert_false(passes("203.0.113.54", 53, 1000));
}

static void filter_that_no_order_can_ask_for_is_refused(void **state)
{
	const struct isolate_filter good = filter;

	(void)state;
	filter.net_count = ISOLATE_NETS_MAX + 1;
	assert_int_equal(isolate_set(&nft, &filter), ERR_INVALID);
	filter = good;
	filter.service_count = ISOLATE_SERVICE_MAX + 1;
	assert_int_equal(isolate_set(&nft, &filter), ERR_INVALID);
	filter = good;
	filter.resolver_count = ISOLATE_RESOLVERS_MAX + 1;
	assert_int_equal(isolate_prepare(&nft, &filter), ERR_INVALID);
	/* A service without a port could not be reached; without a service the port says nothing. */
	filter = good;
	filter.service_port = 0;
	assert_int_equal(isolate_prepare(&nft, &filter), ERR_INVALID);
	filter.service_count = 0;
	assert_int_not_equal(isolate_prepare(&nft, &filter), ERR_INVALID);
}

static void nothing_is_in_force_where_the_kernel_does_not_answer(void **state)
{
	(void)state;
	assert_int_not_equal(isolate_set(&nft, &filter), ERR_OK);
	assert_int_not_equal(isolate_check(&nft, &filter, ISOLATE_WHOLE), ERR_OK);
	assert_int_not_equal(isolate_clear(&nft), ERR_OK);
	assert_false(isolate_is_set(&nft));
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(named_networks_pass_on_every_port),
		TEST(the_service_passes_on_its_port_only),
		TEST(resolvers_pass_for_the_guard_and_with_dns_for_all),
		TEST(filter_that_no_order_can_ask_for_is_refused),
		TEST(nothing_is_in_force_where_the_kernel_does_not_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
