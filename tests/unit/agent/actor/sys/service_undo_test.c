/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/sys/service_undo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct service_undo sample = {
	.ran = true, .place = {20, SERVICE_NO_LINK, 20, 21}, .port_count = 2, .ports = {23, 2323}};

static void service_undo_keeps_its_value_through_bytes(void **state)
{
	uint8_t bytes[SERVICE_UNDO_MAX];
	struct buf b = buf_over(bytes, sizeof(bytes));
	struct service_undo most = sample, back;

	(void)state;
	most.alone = true;
	most.ran = false;
	most.port_count = SERVICE_PORTS_MAX;
	service_undo_encode(&b, &most);
	assert_int_equal(buf_check(&b), ERR_OK);
	assert_int_equal(service_undo_decode(buf_str(&b), &back), ERR_OK);
	assert_memory_equal(&back, &most, sizeof(back));
	b.len = 0;
	service_undo_encode(&b, &sample);
	assert_int_equal(service_undo_decode(buf_str(&b), &back), ERR_OK);
	assert_memory_equal(&back, &sample, sizeof(back));
}

static void service_undo_that_is_cut_or_of_another_version_is_none(void **state)
{
	uint8_t bytes[SERVICE_UNDO_MAX + 1] = {0};
	struct buf b = buf_over(bytes, sizeof(bytes));
	struct service_undo back;

	(void)state;
	service_undo_encode(&b, &sample);
	for (size_t len = 0; len < b.len; len++)
		assert_int_equal(service_undo_decode((struct str){(const char *)bytes, len}, &back), ERR_INVALID);
	assert_int_equal(service_undo_decode((struct str){(const char *)bytes, b.len + 1}, &back), ERR_INVALID);
	bytes[0]++;
	assert_int_equal(service_undo_decode(buf_str(&b), &back), ERR_INVALID);
	bytes[0]--;
	bytes[6] = SERVICE_PORTS_MAX + 1;
	assert_int_equal(service_undo_decode(buf_str(&b), &back), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(service_undo_keeps_its_value_through_bytes),
		cmocka_unit_test(service_undo_that_is_cut_or_of_another_version_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
