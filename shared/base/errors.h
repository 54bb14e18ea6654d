// What went wrong, in the two languages an error has: a stable code that a door
// turns into its public text, and words for the log that no client ever sees.
#pragma once
#include <stdexcept>
#include <string>

namespace hy {

// The kind of a fault; every door maps it to its own status.
enum class Fault {
    bad_request,
    unauthorized,
    forbidden,
    not_found,
    conflict,
    too_large,
    too_many,
    upstream,     // a third party answered with a fault or not at all (502)
    unavailable,  // database, NATS or a third party is away or full: try again (503)
    internal,
};

// `code` is stable and public ("robot.not_found"); `detail` is public too and names
// the field or the third party's text; `log` is for the log only.
class Error : public std::runtime_error {
public:
    Error(Fault fault, std::string code, std::string detail = {}, std::string log = {})
        : std::runtime_error(code + (detail.empty() ? "" : ": " + detail) + (log.empty() ? "" : " [" + log + "]")),
          fault(fault),
          code(std::move(code)),
          detail(std::move(detail)),
          log(std::move(log)) {}

    Fault fault;
    std::string code;
    std::string detail;
    std::string log;
};

}  // namespace hy
