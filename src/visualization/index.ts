export * from './profile-svg.js';
export * from './voltage-profile.js';
