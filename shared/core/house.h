// What the core is given by whoever runs it: settings, time, ids, keys. All of it can be
// replaced in tests.
#pragma once
#include "auth/crypto.h"
#include "auth/tokens.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/ids.h"

namespace hy {

struct House {
    const Config& config;
    const Clock& clock;
    MessageIds& ids;
    const auth::Keyring& keys;
    const auth::SecretBox& box;
};

}  // namespace hy
