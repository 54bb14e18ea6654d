// Codes by SMS: six digits, good once and for five minutes, with limits for a phone, an address and
// the house as a whole.
#pragma once
#include <string>

#include "core/house.h"
#include "db/db.h"
#include "http/client.h"

namespace hy::sms {

inline constexpr int64_t kLifeSeconds = 300, kSpacingSeconds = 60, kTries = 5;

// ^1[3-9]\d{9}$
bool valid_phone(std::string_view phone);

struct Code {
    std::string phone, code;
};

// A new code for a phone; the one before is void. Throws too_many "sms.spacing", "sms.phone", "sms.address",
// "sms.total", with the seconds to wait in detail; unavailable "sms.none" where no provider is set.
Code prepare(db::Session& s, const House& house, const std::string& phone, const std::string& address);
// Has the provider send it. Never inside a transaction. Throws upstream "sms.away".
void deliver(const House& house, const Code& code);
// The provider did not send it: the phone may ask again at once, and nothing was used up but the address' share.
void withdraw(db::Session& s, const House& house, const Code& code);
// Whether that is the phone's code. A right one is used up by it; a wrong one costs a try, so
// that the transaction is to be committed either way.
bool redeem(db::Session& s, const House& house, const std::string& phone, const std::string& code);

}  // namespace hy::sms
