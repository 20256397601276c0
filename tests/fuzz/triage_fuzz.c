/* SPDX-License-Identifier: Apache-2.0 */
/* What a core that may be captured answers to a collection: whatever it says, there is a bundle of bounded size. */
#include "agent/actor/triage/triage_known.h"
#include "agent/base/require.h"

#include <fcntl.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct collect_ask ask = {.bytes_max = BUNDLE_MIN, .name = "triage-00000000.tar"};
	static char memory[TRIAGE_MEMORY];
	static struct triage triage;
	static int out = -1;
	struct triage_known known;
	uint8_t sha256[32];

	if (out < 0)
		out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	triage.ask = &ask;
	require(triage_begin(&triage, out, memory) == ERR_OK);
	for (unsigned i = 0; i < TRIAGE_KNOWN_MAX; i++)
		known.answers[i] = (struct str){(const char *)data, size};
	triage_known_write(&triage, &known);
	require(triage_end(&triage, sha256) == ERR_OK);
	require(triage.bundle.bytes <= BUNDLE_MIN);
	return 0;
}
