// Everything that takes an activation code counts what fails: codes are not to be guessed.
#pragma once
#include "core/activation.h"
#include "door.h"

namespace hy::workbot {

// Whatever `work` fails with, but a body that is none, was a try at the code.
template <typename F>
auto counted(api::Call& call, const std::string& code, F&& work) {
    auto& services = call.services;
    services.db.read(
        [&](db::Session& s) { activation::check_failures(s, services.house, call.request.address, code); });
    try {
        return work();
    } catch (const Error& error) {
        if (error.fault == Fault::not_found || error.fault == Fault::forbidden || error.fault == Fault::conflict)
            services.db.read(
                [&](db::Session& s) { activation::count_failure(s, services.house, call.request.address, code); });
        throw;
    }
}

}  // namespace hy::workbot
