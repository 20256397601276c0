/* SPDX-License-Identifier: Apache-2.0 */
/* openapi.json, made into an array by the build. */
#pragma once

extern const char openapi_json[];
extern const unsigned openapi_json_len;
