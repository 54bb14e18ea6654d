// Requests to the pipelines of the groups, as the FastCGI loop hands them over.
#include <map>
#include <stdexcept>

#include "api/pipeline.h"
#include "base/text.h"
#include "cases/executor.h"
#include "groups.h"

namespace hy::cases {

namespace {

Config read_settings(const std::string& conf_file) {
    const std::string flag = "--config=" + conf_file;
    const char* const argv[] = {"cases_tests", flag.c_str()};
    const char* const nothing[] = {nullptr};
    return load_config(2, argv, nothing);
}

// The group whose pattern shares the longest literal beginning with the path: what nginx's
// locations decide.
const api::Group* group_of(const std::string& target) {
    const std::string path = target.substr(0, target.find('?')) + "/";
    const api::Group* best = nullptr;
    size_t most = 0;
    for (const api::Group* group : tools::groups())
        for (const api::Route& route : group->routes) {
            std::string start(std::string_view(route.pattern).substr(0, std::string_view(route.pattern).find('{')));
            if (!start.ends_with('/')) start += '/';
            if (!path.starts_with(start) || start.size() <= most) continue;
            best = group;
            most = start.size();
        }
    return best;
}

class PipelineExecutor final : public Executor {
public:
    PipelineExecutor(World& world, std::string address) : world_(world), address_(std::move(address)) {}

    http::Response send(const Sent& sent) override {
        const api::Group* group = group_of(sent.target);
        if (!group) throw std::runtime_error("no group answers " + sent.target + ": the step is for nginx only");
        auto& pipeline = pipelines_[group];
        if (!pipeline) pipeline = std::make_unique<api::Pipeline>(*group, *world_.services);
        http::TextBody body(sent.body);
        http::Request request;
        request.method = sent.method;
        request.target = sent.target;
        request.address = address_;
        request.request_id = random_hex32();
        request.content_length = static_cast<int64_t>(sent.body.size());
        request.headers["content-type"] = "";
        for (const auto& [name, value] : sent.headers) request.headers[lower(name)] = value;
        request.body = &body;
        return pipeline->handle(request);
    }

private:
    World& world_;
    std::string address_;
    std::map<const api::Group*, std::unique_ptr<api::Pipeline>> pipelines_;
};

}  // namespace

World::World(const std::string& file)
    : conf_file(file),
      config(read_settings(file)),
      bus(bus::connect(config, "cases_tests")),
      services(std::make_unique<api::Services>(config, clock, *bus, 4)) {
    services->store = files::local_store(config.files.path);
}

World::~World() = default;

void World::reset_settings() {
    config = read_settings(conf_file);
    clock.shift = 0;
}

std::unique_ptr<Executor> pipeline_executor(World& world, std::string address) {
    return std::make_unique<PipelineExecutor>(world, std::move(address));
}

}  // namespace hy::cases
