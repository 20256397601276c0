/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Factory certificates: whatever a device shows. The first byte says how many certificates follow, each with its length
 * in two bytes before it, and the rest is the root. An input that begins with 0xff is an otherName. What must hold: no
 * chain is good that the root has not signed, which none here has but by the seeds, and a serial number is printable.
 */
#include "agent/base/require.h"
#include "agent/base/tls/tls_chain.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_serial(const char *serial)
{
	require(strlen(serial) < TLS_CHAIN_SERIAL_MAX);
	for (; *serial; serial++)
		require(*serial >= 0x20 && *serial <= 0x7e);
}

static void look_at_module(const uint8_t *data, size_t size)
{
	char serial[TLS_CHAIN_SERIAL_MAX];
	bool found = tls_chain_module((struct str){(const char *)data, size}, serial);

	require(found == (serial[0] != '\0'));
	check_serial(serial);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_chain chain = {.count = 0};
	struct tls_chain_facts facts;
	enum tls_chain_fault fault;
	size_t at = 1;

	if (size == 0)
		return 0;
	if (data[0] == 0xff) {
		look_at_module(data + 1, size - 1);
		return 0;
	}
	while (chain.count < data[0] && chain.count < TLS_CHAIN_MAX && size - at >= 2) {
		size_t len = (size_t)data[at] << 8 | data[at + 1];

		at += 2;
		len = len < size - at ? len : size - at;
		chain.der[chain.count++] = (struct str){(const char *)data + at, len};
		at += len;
	}
	fault = tls_chain_judge(&chain, (struct str){(const char *)data + at, size - at}, &facts);
	require(fault < TLS_CHAIN_FAULTS && (fault != TLS_CHAIN_GOOD || facts.serial[0] != '\0'));
	check_serial(facts.serial);
	fault = tls_chain_root((struct str){(const char *)data + at, size - at}, &facts);
	require(fault < TLS_CHAIN_FAULTS && tls_chain_why(fault)[0] != '\0');
	return 0;
}
