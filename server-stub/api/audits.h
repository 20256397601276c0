/* SPDX-License-Identifier: Apache-2.0 */
/* The call that lists the audit log. */
#pragma once

struct call;

void audits_list(struct call *call); /* GET ?limit= after= order= */
