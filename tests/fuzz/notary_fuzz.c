/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notary's desk against whatever a captured service sends. It signs no bytes that are not the order or the object
 * that they are said to be, and an answer is never longer than its room. The first byte is the kind; one over the
 * kinds is a datagram that is cut somewhere in its head.
 */
#include "agent/base/require.h"
#include "proto/object.h"
#include "proto/order.h"
#include "server-stub/fleet/notary_desk.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct notary_desk *desk(void)
{
	static struct notary_desk d = {.cert_days = 14};

	if (d.ca_key.len == 0)
		require(key_generate(key_random_kernel, &d.ca_key) == ERR_OK &&
			key_generate(key_random_kernel, &d.order_key) == ERR_OK &&
			key_public(&d.order_key, &d.order_public) == ERR_OK);
	return &d;
}

static bool is_what_it_says(const struct notary_request *r)
{
	struct order order;
	struct object object;
	char why[OBJECT_WHY_MAX > ORDER_WHY_MAX ? OBJECT_WHY_MAX : ORDER_WHY_MAX];

	return r->kind == NOTARY_ORDER
		       ? order_decode(r->bytes, r->len, &order, why) == ERR_OK
		       : object_decode((struct str){(const char *)r->bytes, r->len}, &object, why) == ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct notary_request request;
	static struct notary_answer answer;
	size_t len;

	if (size == 0)
		return 0;
	memset(&request, 0, sizeof(request));
	request.kind = data[0];
	request.number = 7;
	request.len = (uint32_t)(size - 1 < sizeof(request.bytes) ? size - 1 : sizeof(request.bytes));
	memcpy(request.bytes, data + 1, request.len);
	request.public_key = desk()->order_public;
	len = offsetof(struct notary_request, bytes) + request.len;
	if (request.kind > NOTARY_SERVER) {
		memcpy(&request, data, size < sizeof(request) ? size : sizeof(request));
		len = size < sizeof(request) ? size : sizeof(request);
	}
	/* As the process does. */
	request.wall_s = 1800000000;
	notary_desk_answer(desk(), &request, len, &answer);
	require(answer.len <= sizeof(answer.bytes));
	require(answer.err == ERR_OK ? answer.len > 0 && answer.number == request.number : answer.len == 0);
	if (answer.err == ERR_OK && request.kind <= NOTARY_OBJECT)
		require(is_what_it_says(&request) && key_verify(&desk()->order_public, request.bytes, request.len,
								answer.bytes, answer.len) == ERR_OK);
	return 0;
}
