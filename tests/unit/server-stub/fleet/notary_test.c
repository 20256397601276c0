/* SPDX-License-Identifier: Apache-2.0 */
#include "server-stub/fleet/notary.h"

#include "proto/order.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/fleet/fleet_create.h"
#include "server-stub/fleet/fleet_file.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY_S 86400

struct world {
	char dir[64], keys[80];
	struct notary *notary;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct fleet_create request = {
		.dir = w->dir, .key_dir = w->keys, .escrow_dir = w->keys, .root_count = 1, .root_needed = 1};
	char error[FLEET_CONF_ERROR_MAX] = "";
	const char *bad = NULL;

	snprintf(w->dir, sizeof(w->dir),
		 "/tmp/notary_test.XX"
		 "XX"
		 "XX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->keys, sizeof(w->keys), "%s-keys", w->dir);
	fleet_conf_init(&request.conf);
	request.conf.name_count = 1;
	snprintf(request.conf.names[0], sizeof(request.conf.names[0]), "fleet.example");
	assert_int_equal(fleet_create(&request, time(NULL), error), ERR_OK);
	assert_int_equal(notary_start(w->dir, &w->notary, &bad), ERR_OK);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const keys[] = {"root_key.pem", "escrow_key.pem"};
	struct world *w = *state;
	char path[FLEET_FILE_PATH_MAX];

	notary_close(w->notary);
	for (const char *const *name = fleet_create_files; *name; name++) {
		assert_int_equal(fleet_file_path((struct fleet_file){w->dir, *name}, path), ERR_OK);
		unlink(path);
	}
	assert_int_equal(rmdir(w->dir), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(fleet_file_path((struct fleet_file){w->keys, keys[i]}, path), ERR_OK);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(w->keys), 0);
	free(w);
	return 0;
}

static struct str some_order(void)
{
	static uint8_t bytes[ORDER_BYTES_MAX];
	struct order order = {.step_count = 1, .target_kind = ORDER_ALL, .not_after_s = 9, .author = "ada"};
	struct buf b = buf_over(bytes, sizeof(bytes));

	order.steps[0].args.verb = VERB_BAN;
	order.steps[0].args.addr = (struct addr){4, 32, {198, 51, 100, 7}};
	assert_int_equal(order_encode(&b, &order), ERR_OK);
	return (struct str){b.data, b.len};
}

static void order_is_signed_by_another_process(void **state)
{
	struct world *w = *state;
	struct str order = some_order();
	struct object_signature signature;
	uint8_t id[KEY_ID];

	assert_int_not_equal(notary_process(w->notary), 0);
	assert_int_equal(notary_sign(w->notary, NOTARY_ORDER, order, &signature), ERR_OK);
	assert_int_equal(key_verify(notary_order_key(w->notary), order.data, order.len, signature.bytes, signature.len),
			 ERR_OK);
	key_id(notary_order_key(w->notary), id);
	assert_memory_equal(signature.key_id, id, sizeof(id));
}

/* What can be read as an order in one place could be a trust bundle in another. */
static void only_what_it_can_read_is_signed(void **state)
{
	struct world *w = *state;
	struct str order = some_order(), cut = {order.data, order.len - 1};
	struct object_signature signature;

	assert_int_not_equal(notary_sign(w->notary, NOTARY_ORDER, STR("CTB1 whatever it is"), &signature), ERR_OK);
	assert_int_not_equal(notary_sign(w->notary, NOTARY_ORDER, cut, &signature), ERR_OK);
	assert_int_not_equal(notary_sign(w->notary, NOTARY_OBJECT, order, &signature), ERR_OK);
	assert_int_equal(notary_sign(w->notary, (enum notary_kind)99, order, &signature), ERR_PROTOCOL);
	assert_int_equal(notary_sign(w->notary, NOTARY_ORDER, order, &signature), ERR_OK);
}

/* A captured service must not get a certificate that outlives it by years. */
static void device_certificate_goes_by_the_notary_s_clock(void **state)
{
	struct world *w = *state;
	struct notary_request request = {.kind = NOTARY_DEVICE, .wall_s = time(NULL) + 3650 * (int64_t)DAY_S};
	struct notary_answer answer;
	struct key_der key, public_key;

	assert_int_equal(key_generate(key_random_kernel, &key), ERR_OK);
	assert_int_equal(key_public(&key, &request.public_key), ERR_OK);
	assert_int_equal(notary_certify(w->notary, &request, &answer), ERR_OK);
	assert_true(answer.not_after_s <= time(NULL) + 14 * DAY_S);
	assert_int_equal(key_cert_public(answer.bytes, answer.len, &public_key), ERR_OK);
	assert_memory_equal(public_key.bytes, request.public_key.bytes, public_key.len);
	request.public_key.len = KEY_DER_MAX + 1;
	assert_int_equal(notary_certify(w->notary, &request, &answer), ERR_PROTOCOL);
	request.public_key.len = 5;
	assert_int_not_equal(notary_certify(w->notary, &request, &answer), ERR_OK);
}

static void names_of_the_service_have_ends(void **state)
{
	struct world *w = *state;
	struct notary_request request = {.kind = NOTARY_SERVER, .len = 5, .bytes = "names"};
	struct notary_answer answer;
	struct key_der key;

	assert_int_equal(key_generate(key_random_kernel, &key), ERR_OK);
	assert_int_equal(key_public(&key, &request.public_key), ERR_OK);
	assert_int_equal(notary_certify(w->notary, &request, &answer), ERR_INVALID);
	request.len = 0;
	assert_int_equal(notary_certify(w->notary, &request, &answer), ERR_INVALID);
	request.len = 2 * FLEET_CONF_NAMES_MAX + 2;
	for (unsigned i = 0; i < request.len; i++)
		request.bytes[i] = i % 2 ? '\0' : (uint8_t)('a' + i / 2);
	assert_int_equal(notary_certify(w->notary, &request, &answer), ERR_INVALID);
	request.len -= 2;
	assert_int_equal(notary_certify(w->notary, &request, &answer), ERR_OK);
}

static void killed_process_signs_nothing_and_hangs_nobody(void **state)
{
	struct world *w = *state;
	struct object_signature signature;

	assert_int_equal(kill(notary_process(w->notary), SIGKILL), 0);
	assert_int_equal(notary_sign(w->notary, NOTARY_ORDER, some_order(), &signature), ERR_CLOSED);
}

static void missing_or_damaged_key_is_named(void **state)
{
	struct world *w = *state;
	struct notary *n;
	const char *bad = NULL;
	char path[FLEET_FILE_PATH_MAX];

	assert_int_equal(fleet_file_replace((struct fleet_file){w->dir, "order_key.pem"}, STR("nonsense"), 0600),
			 ERR_OK);
	assert_int_equal(notary_start(w->dir, &n, &bad), ERR_CORRUPT);
	assert_string_equal(bad, "order_key.pem");
	assert_null(n);
	assert_int_equal(fleet_file_path((struct fleet_file){w->dir, "ca_key.pem"}, path), ERR_OK);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(notary_start(w->dir, &n, &bad), ERR_NOT_FOUND);
	assert_string_equal(bad, "ca_key.pem");
	assert_int_equal(notary_open(w->dir, &n, &bad), ERR_NOT_FOUND);
	assert_string_equal(bad, "ca_key.pem");
}

/* As after a change of authority that was interrupted: what it would sign, no device would accept. */
static void key_of_another_authority_is_refused(void **state)
{
	struct world *w = *state;
	struct fleet_file file = {w->dir, "ca_key.pem"};
	struct fleet fleet;
	struct key_der key;
	struct notary *other;
	const char *bad = NULL;
	char pem[1024];

	assert_int_equal(fleet_load(w->dir, &fleet, &bad), ERR_OK);
	assert_int_equal(fleet_use_notary(&fleet, w->notary), ERR_OK);
	assert_int_equal(key_generate(key_random_kernel, &key), ERR_OK);
	assert_int_equal(key_pem("EC PRIVATE KEY", key.bytes, key.len, pem, sizeof(pem)), ERR_OK);
	assert_int_equal(fleet_file_replace(file, str_from(pem), 0600), ERR_OK);
	assert_int_equal(notary_start(w->dir, &other, &bad), ERR_OK);
	assert_int_equal(fleet_use_notary(&fleet, other), ERR_UNTRUSTED);
	notary_close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(order_is_signed_by_another_process, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_what_it_can_read_is_signed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(device_certificate_goes_by_the_notary_s_clock, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names_of_the_service_have_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(killed_process_signs_nothing_and_hangs_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(missing_or_damaged_key_is_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(key_of_another_authority_is_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("notary", tests, NULL, NULL);
}
