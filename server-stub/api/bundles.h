/* SPDX-License-Identifier: Apache-2.0 */
/* The calls about the trust bundle. The service passes on what root keys signed, and can sign none itself. */
#pragma once

struct call;

void bundles_show(struct call *call); /* the bundle, and the keys that a first one is made of */
void bundles_push(struct call *call); /* POST {bundle}: base64 of a sealed bundle */
