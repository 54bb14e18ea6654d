// The only file that knows fcgiapp.h.
#include "app/fastcgi.h"

#include <fcgiapp.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <thread>

#include "api/pipeline.h"
#include "app/process.h"
#include "base/lifecycle.h"
#include "base/log.h"
#include "base/text.h"

namespace hy::app {

namespace {

class FastCgiBody final : public http::BodySource {
public:
    explicit FastCgiBody(FCGX_Stream* in) : in_(in) {}
    size_t read(char* out, size_t size) override {
        const int got = FCGX_GetStr(out, static_cast<int>(size), in_);
        return got > 0 ? static_cast<size_t>(got) : 0;
    }

private:
    FCGX_Stream* in_;
};

std::string param(const FCGX_Request& request, const char* name) {
    const char* value = FCGX_GetParam(name, request.envp);
    return value ? value : "";
}

http::Request read_request(const FCGX_Request& from) {
    http::Request request;
    request.method = param(from, "REQUEST_METHOD");
    request.target = param(from, "REQUEST_URI");  // raw: what nginx routed on
    request.address = param(from, "REMOTE_ADDR");
    request.request_id = param(from, "HONGYAN_REQUEST_ID");
    if (request.request_id.empty()) request.request_id = random_hex32();
    request.content_length = to_int(param(from, "CONTENT_LENGTH")).value_or(0);
    request.headers["content-type"] = param(from, "CONTENT_TYPE");
    for (char** entry = from.envp; *entry; ++entry) {
        const std::string_view text = *entry;
        if (!text.starts_with("HTTP_")) continue;
        const size_t equals = text.find('=');
        std::string name = lower(text.substr(5, equals - 5));
        for (char& c : name)
            if (c == '_') c = '-';
        request.headers[name] = text.substr(equals + 1);
    }
    return request;
}

void write_response(const http::Response& response, FCGX_Stream* out) {
    std::string head = "Status: " + std::to_string(response.status) + "\r\n";
    for (const auto& [name, value] : response.headers) head += name + ": " + value + "\r\n";
    head += "Content-Length: " + std::to_string(response.body.size()) + "\r\n\r\n";
    FCGX_PutStr(head.data(), static_cast<int>(head.size()), out);
    FCGX_PutStr(response.body.data(), static_cast<int>(response.body.size()), out);
}

// Tells one thread that a connection may be there, or that it is time to end. Each thread has an epoll of its own
// and takes part exclusively: a connection wakes one thread of one process, where poll would wake them all for
// one to get it.
class Doorbell {
public:
    explicit Doorbell(const StopSignal& stop) : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
        watch(0, EPOLLIN | EPOLLEXCLUSIVE);
        watch(stop.fd(), EPOLLIN);
    }
    // False when nothing came within `ms`; -1 waits for ever.
    bool wait(int ms) {
        epoll_event event;
        return epoll_wait(epoll_.get(), &event, 1, ms) > 0;
    }

private:
    void watch(int fd, uint32_t events) {
        epoll_event event{};
        event.events = events;
        if (!epoll_ || epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
            throw std::system_error(errno, std::generic_category(), "epoll");
    }
    Fd epoll_;
};

// Silence after which the lines of the log that wait are written.
constexpr int kQuietMs = 50;

// One thread's life. The listener does not block: a thread that is done takes the next connection at once, and
// waits for the bell only when there is none.
void accept_loop(api::Pipeline& pipeline, const StopSignal& stop) {
    FCGX_Request request;
    FCGX_InitRequest(&request, 0, 0);
    Doorbell bell(stop);
    log::Gathering gathering;
    while (!stop.stopped()) {
        if (FCGX_Accept_r(&request) < 0) {
            if (bell.wait(kQuietMs)) continue;
            gathering.flush();
            bell.wait(-1);
            continue;
        }
        FastCgiBody body(request.in);
        http::Request incoming = read_request(request);
        incoming.body = &body;
        write_response(pipeline.handle(incoming), request.out);
        FCGX_Finish_r(&request);
    }
    FCGX_Free(&request, 1);
}

bool is_socket(int fd) {
    int type = 0;
    socklen_t size = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

}  // namespace

int serve_fastcgi(const api::Group& group, int argc, char** argv) {
    int exit_code = 0;
    const auto config = start(argc, argv, group.name, exit_code);
    if (!config) return exit_code;
    if (!is_socket(0)) {
        fprintf(stderr, "%s: a listening socket is wanted as file descriptor 0 (supervisord or systemd passes it)\n",
                group.name);
        return 2;
    }
    // A connection on which nothing comes within that time (ms) is closed without a word. nginx
    // has the whole request when it connects, but on a busy host it may not get to write it at once.
    setenv("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", "5000", 1);
    // The library waits this long for a peer that does not close; its default is 2 s.
    setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "20", 1);
    FCGX_Init();
    fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);

    const auto threads = static_cast<int>(config->http.threads);
    Running running(*config, group.name, threads + 1);
    if (!running.schema_fits()) return 1;
    running.services().store = files::local_store(config->files.path);
    api::Pipeline pipeline(group, running.services());
    StopSignal stop;
    std::vector<std::thread> workers;
    for (int i = 0; i < threads; ++i) workers.emplace_back([&] { accept_loop(pipeline, stop); });
    log::info("serving", {{"threads", threads}, {"version", HONGYAN_VERSION}});
    wait_for_signal();
    stop.stop();
    for (auto& worker : workers) worker.join();
    log::info("stopped");
    return 0;
}

}  // namespace hy::app
