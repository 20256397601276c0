/* SPDX-License-Identifier: Apache-2.0 */
/* Names that both records and the local command line use. */
#include "agent/core/record.h"

const char *record_result_name(uint8_t result)
{
	static const char *const names[] = {
		"", "done", "already", "observed", "refused", "failed", "reverted", "restored",
	};

	return result < sizeof(names) / sizeof(names[0]) ? names[result] : "";
}
