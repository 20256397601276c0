/* SPDX-License-Identifier: Apache-2.0 */
/* All checks of the audit. */
#include "agent/actor/audit/audit.h"

/* clang-format off */
const struct audit_check *const audit_checks[] = {
	&audit_accounts,
	&audit_listeners,
	&audit_sshd,
	&audit_sysctls,
	&audit_modes,
	&audit_keys,
	&audit_certificates,
	&audit_snmp,
	&audit_firmware,
	&audit_upnp,
	IF_ENABLED(CONFIG_AUDIT_PASSWORDS, (&audit_passwords,))
	NULL,
};
/* clang-format on */
