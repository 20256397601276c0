/* SPDX-License-Identifier: Apache-2.0 */
/* Requests are made with the generated code, so that reading them by hand is checked against it. */
#include "server-stub/gateway/session/enroll.h"

#include "caltrop/v1/link.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uint8_t bytes[KEY_CERT_MAX + 1] = {7};
static Caltrop__V1__EnrollRequest ask;

static int set_up(void **state)
{
	(void)state;
	caltrop__v1__enroll_request__init(&ask);
	ask.token = (char *)(uintptr_t) "ct1.token";
	ask.csr = (ProtobufCBinaryData){KEY_CSR_MAX, bytes};
	return 0;
}

static enum err read_it(struct enroll_request *out)
{
	static uint8_t frame[4 * KEY_CERT_MAX];
	Caltrop__V1__ToServer message = CALTROP__V1__TO_SERVER__INIT;
	size_t len;

	message.body_case = CALTROP__V1__TO_SERVER__BODY_ENROLL;
	message.enroll = &ask;
	len = caltrop__v1__to_server__pack(&message, frame + FRAME_HEADER);
	frame_header(frame, len);
	assert_true(len + FRAME_HEADER <= ENROLL_BYTES_MAX);
	return enroll_read((struct str){(char *)frame, len + FRAME_HEADER}, out);
}

static void longest_request_fits(void **state)
{
	static char token[TOKEN_TEXT_MAX];
	struct enroll_request r;

	(void)state;
	memset(token, 'x', sizeof(token) - 1);
	ask.token = ask.hostname = ask.arch = ask.version = token;
	ask.receipt_key = (ProtobufCBinaryData){STORE_KEY, bytes};
	ask.old_certificate = (ProtobufCBinaryData){KEY_CERT_MAX, bytes};
	ask.vouch = (ProtobufCBinaryData){KEY_SIGNATURE_MAX, bytes};
	assert_int_equal(read_it(&r), ERR_OK);
	assert_int_equal(r.csr_len, KEY_CSR_MAX);
	assert_int_equal(r.old_cert_len, KEY_CERT_MAX);
	assert_int_equal(r.vouch_len, KEY_SIGNATURE_MAX);
	assert_memory_equal(r.old_cert, bytes, KEY_CERT_MAX);
	assert_true(r.has_receipt_key);
}

/* What is half there must not be taken for a device that says nothing of an earlier enrolment. */
static void half_of_a_proof_is_no_request(void **state)
{
	struct enroll_request r;

	(void)state;
	assert_int_equal(read_it(&r), ERR_OK);
	assert_int_equal(r.old_cert_len + r.vouch_len, 0);
	ask.old_certificate = (ProtobufCBinaryData){10, bytes};
	assert_int_equal(read_it(&r), ERR_PROTOCOL);
	ask.vouch = (ProtobufCBinaryData){KEY_SIGNATURE_MAX + 1, bytes};
	assert_int_equal(read_it(&r), ERR_PROTOCOL);
	ask.vouch.len = 70;
	assert_int_equal(read_it(&r), ERR_OK);
	ask.old_certificate.len = KEY_CERT_MAX + 1;
	assert_int_equal(read_it(&r), ERR_PROTOCOL);
	ask.old_certificate.len = 0;
	assert_int_equal(read_it(&r), ERR_PROTOCOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(longest_request_fits, set_up),
		cmocka_unit_test_setup(half_of_a_proof_is_no_request, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
