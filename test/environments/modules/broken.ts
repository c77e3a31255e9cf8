/** A module that throws where it is loaded. */
throw new Error('the module broke');
