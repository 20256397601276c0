/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The errors of the API. Each has a code, whose meaning never changes, so that programs can rely on it, and a status of
 * HTTP. The sentence that goes with it is composed where the context is known.
 */
#pragma once

#define FAULT_MAP(X)                                                         \
	X(BAD_JSON, 400, "bad_json")                                         \
	X(BAD_REQUEST, 400, "bad_request")                                   \
	X(BAD_SIGNATURE, 400, "bad_signature")                               \
	X(EXPIRED, 400, "expired")                                           \
	X(INVALID, 400, "invalid")                                           \
	X(MISSING, 400, "missing")                                           \
	X(TOO_DEEP, 400, "too_deep")                                         \
	X(TOO_MANY_DEVICES, 400, "too_many_devices")                         \
	X(UNKNOWN_MEMBER, 400, "unknown_member")                             \
	X(UNKNOWN_PARAMETER, 400, "unknown_parameter")                       \
	X(WEAK_PASSWORD, 400, "weak_password")                               \
	X(LOGIN_FAILED, 401, "login_failed")                                 \
	X(LOGIN_REQUIRED, 401, "login_required")                             \
	X(SECOND_FACTOR_REQUIRED, 401, "second_factor_required")             \
	X(SESSION_EXPIRED, 401, "session_expired")                           \
	X(WRONG_CODE, 401, "wrong_code")                                     \
	X(AUTHOR, 403, "author")                                             \
	X(CROSS_SITE, 403, "cross_site")                                     \
	X(FORBIDDEN, 403, "forbidden")                                       \
	X(ORDER_KEY_REQUIRED, 403, "order_key_required")                     \
	X(PASSWORD_CHANGE_REQUIRED, 403, "password_change_required")         \
	X(SECOND_FACTOR_SETUP_REQUIRED, 403, "second_factor_setup_required") \
	X(UNKNOWN_KEY, 403, "unknown_key")                                   \
	X(WRONG_PASSWORD, 403, "wrong_password")                             \
	X(NO_SUCH_PATH, 404, "no_such_path")                                 \
	X(NOT_FOUND, 404, "not_found")                                       \
	X(METHOD_NOT_ALLOWED, 405, "method_not_allowed")                     \
	X(ALREADY_SENT, 409, "already_sent")                                 \
	X(ALREADY_USED, 409, "already_used")                                 \
	X(AMBIGUOUS, 409, "ambiguous")                                       \
	X(IN_USE, 409, "in_use")                                             \
	X(NOT_APPROVED, 409, "not_approved")                                 \
	X(REVOKED, 409, "revoked")                                           \
	X(NOT_JSON, 415, "not_json")                                         \
	X(PROTECTED, 422, "protected")                                       \
	X(TOO_MANY_FAILURES, 429, "too_many_failures")                       \
	X(SIGN, 500, "sign")                                                 \
	X(STORE, 500, "store")                                               \
	X(TOO_LARGE, 500, "too_large")                                       \
	X(BUSY, 503, "busy")                                                 \
	X(NO_SPACE, 503, "no_space")                                         \
	X(NOT_READY, 503, "not_ready")                                       \
	X(PROVIDER, 503, "provider")                                         \
	X(TOO_MANY_STREAMS, 503, "too_many_streams")

enum fault {
#define X(name, status, code) FAULT_##name,
	FAULT_MAP(X)
#undef X
};
