// What the bundle of the SDK lets tests reach: its files import each other without extensions, which only a bundler takes.
export * from 'wukongimjssdk/lib/sdk';
export { ConnectStatus } from 'wukongimjssdk/lib/connect_manager';
export { Setting } from 'wukongimjssdk/lib/proto';
