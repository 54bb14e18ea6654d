// main() of an event handler: NATS' threads fill a bounded queue, N workers empty it in turns
// by tenant; full, it answers "busy" at once.
#pragma once
#include "api/event.h"

namespace hy::app {

int serve_events(std::span<const api::EventGroup* const> groups, const char* name, int argc, char** argv);

// The same inside a process that has its services already (tests).
class EventServer {
public:
    EventServer(std::span<const api::EventGroup* const> groups, api::Services& services);
    ~EventServer();  // takes no more, finishes what waits

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

}  // namespace hy::app
